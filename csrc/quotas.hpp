// quotas: class counts x sizes -> an integer table with exact margins, by unbiased controlled rounding.
//
// The ideal of class c and split k is counts[c] * sizes[k] / q. Every cell becomes its floor or its ceiling, and so does
// every column total. Rounding is a walk: a cell that closes a cycle of fractional cells is pushed up or down around that
// cycle by the largest step either way, up with probability down / (up + down), which leaves every expectation as it was
// (Gandhi, Khuller, Parthasarathy & Srinivasan 2002, dependent rounding; Cox 1987, controlled rounding). Between rows the
// fractional cells form a forest over the columns, so that the state does not grow with the number of classes.
#pragma once
#include <algorithm>
#include <cstdint>

#include "keys.hpp"
#include "wide.hpp"

namespace fastsplit {

// A class's share of a split is whole + part / q examples, 0 <= part < q.
struct Rounding {
    int64_t columns;        // splits, and one more for the examples in none where sizes do not sum to q
    int64_t splits;         // the first `splits` columns are splits
    const int64_t* sizes;   // [columns], summing to q
    int64_t q;              // 0 < q < 2**62
    int64_t min_per_split;  // what every split of a size above 0 gets of every class; counts[c] must allow it
    Seed seed;
    uint64_t draws;         // random numbers used so far

    int64_t* part;          // [columns]: of the row at hand
    int64_t* residue;       // [columns]: minus the sum of the parts of each column so far, modulo q
    int64_t* beyond;        // [columns]: the cells of the row that completes the sums, which nobody reads

    // The forest over the columns (vertices 0 .. columns - 1) and the rows that hold fractional cells (the rest; they
    // have two such cells or more each, so that there are fewer of them than columns, but for the row at hand).
    int64_t* parent;        // [vertices]: -1 at a root
    int64_t* rising;        // [vertices]: part of the cell between a vertex and its parent, 0 < rising < q
    int64_t* mark;          // [vertices]
    int64_t marks;
    int64_t* degree;        // [vertices]: of a row, its fractional cells
    int64_t** cells;        // [vertices]: of a row, its part of the table
    int64_t* free;          // [vertices]: the rows not in use
    int64_t frees;
};

inline int64_t vertices(int64_t columns) { return 2 * columns + 1; }

// The int64s that begin_rounding wants to work in, beside vertices(columns) pointers.
inline int64_t rounding_workspace(int64_t columns) { return 3 * columns + 5 * vertices(columns); }

inline Rounding begin_rounding(int64_t columns, int64_t splits, const int64_t* sizes, int64_t q, int64_t min_per_split,
                               Seed seed, int64_t* workspace, int64_t** cells) {
    Rounding state{};
    state.columns = columns;
    state.splits = splits;
    state.sizes = sizes;
    state.q = q;
    state.min_per_split = min_per_split;
    state.seed = seed;
    std::fill_n(workspace, rounding_workspace(columns), 0);
    state.part = workspace;
    state.residue = state.part + columns;
    state.beyond = state.residue + columns;
    state.parent = state.beyond + columns;
    state.rising = state.parent + vertices(columns);
    state.mark = state.rising + vertices(columns);
    state.degree = state.mark + vertices(columns);
    state.free = state.degree + vertices(columns);
    state.cells = cells;
    std::fill_n(state.parent, vertices(columns), -1);
    for (int64_t row = vertices(columns) - 1; row >= columns; --row) state.free[state.frees++] = row;
    return state;
}

// Settles the cell between a vertex and its parent if it has become an integer.
inline void settle(Rounding* state, int64_t vertex) {
    const int64_t part = state->rising[vertex];
    if (part != 0 && part != state->q) return;
    const int64_t parent = state->parent[vertex], row = std::max(vertex, parent), column = std::min(vertex, parent);
    if (part == state->q) ++state->cells[row][column];
    state->parent[vertex] = -1;
    if (--state->degree[row] == 0) state->free[state->frees++] = row;
}

// Makes `vertex` the root of its tree.
inline void make_root(Rounding* state, int64_t vertex) {
    int64_t child = -1;
    int64_t part = 0;
    for (int64_t at = vertex; at >= 0;) {
        const int64_t next = state->parent[at];
        const int64_t next_part = state->rising[at];
        state->parent[at] = child;
        state->rising[at] = part;
        child = at;
        part = next_part;
        at = next;
    }
}

// Adds the fractional cell (row, column) to the forest, pushing it around the cycle that it closes, if any.
inline void add_cell(Rounding* state, int64_t row, int64_t column, int64_t part) {
    const int64_t q = state->q;
    const int64_t mark = ++state->marks;
    for (int64_t at = row; at >= 0; at = state->parent[at]) state->mark[at] = mark;
    int64_t meet = column;
    while (meet >= 0 && state->mark[meet] != mark) meet = state->parent[meet];

    if (meet >= 0) {  // the cells on the cycle rise and fall by turns; those next to the new one fall where it rises
        int64_t up = q - part, down = part;
        for (const int64_t start : {row, column}) {
            bool rises = false;
            for (int64_t at = start; at != meet; at = state->parent[at], rises = !rises) {
                const int64_t other = state->rising[at];
                up = std::min(up, rises ? q - other : other);
                down = std::min(down, rises ? other : q - other);
            }
        }
        const uint64_t draw = key(state->seed, state->draws++);
        const bool go_up = multiply_high(draw, static_cast<uint64_t>(up + down)) < static_cast<uint64_t>(down);
        const int64_t step = go_up ? up : -down;
        part += step;
        for (const int64_t start : {row, column}) {
            bool rises = false;
            for (int64_t at = start; at != meet; rises = !rises) {
                const int64_t next = state->parent[at];
                state->rising[at] += rises ? step : -step;
                settle(state, at);
                at = next;
            }
        }
    }
    if (part == 0 || part == q) {
        if (part == q) ++state->cells[row][column];
        return;
    }
    make_root(state, column);  // the cycle, if there was one, is open now: row and column are in different trees
    state->parent[column] = row;
    state->rising[column] = part;
    ++state->degree[row];
}

// Adds a row whose cells have the fractional parts part[columns] (0 <= part < q), rounding as it goes.
inline void add_row(Rounding* state, const int64_t* part, int64_t* cells) {
    const int64_t row = state->free[--state->frees];
    state->cells[row] = cells;
    state->degree[row] = 1;  // keeps the row while its cells come in
    for (int64_t k = 0; k < state->columns; ++k) {
        if (part[k] > 0) add_cell(state, row, k, part[k]);
    }
    if (--state->degree[row] == 0) state->free[state->frees++] = row;
}

// Raises the splits of one class that are below min_per_split to it, taking what they lack from the largest cell, an
// example (for a large lack, a share of it) at a time.
inline void raise_to_minimum(const Rounding* state, int64_t* whole, int64_t* part) {
    const int64_t q = state->q, columns = state->columns;
    const auto least = [state](int64_t k) { return k < state->splits && state->sizes[k] > 0 ? state->min_per_split : 0; };
    int64_t lack = 0, lack_part = 0;  // lack - lack_part / q is wanting
    for (int64_t k = 0; k < columns; ++k) {
        if (whole[k] >= least(k)) continue;
        lack += least(k) - whole[k];
        lack_part += part[k];
        if (lack_part >= q) {
            lack_part -= q;
            --lack;
        }
        whole[k] = least(k);
        part[k] = 0;
    }
    while (lack > 0) {
        int64_t from = -1;
        for (int64_t k = 0; k < columns; ++k) {
            if (whole[k] == least(k) && part[k] == 0) continue;
            if (from < 0 || whole[k] > whole[from] || (whole[k] == whole[from] && part[k] > part[from])) from = k;
        }
        int64_t take = std::max<int64_t>(1, lack / columns), take_part = 0;  // take - take_part / q is taken
        if (take == lack) take_part = lack_part;
        const int64_t room = whole[from] - least(from) + (part[from] > 0);  // room - room_part / q stands above the least
        const int64_t room_part = part[from] > 0 ? q - part[from] : 0;
        if (take > room || (take == room && take_part < room_part)) {
            take = room;
            take_part = room_part;
        }
        whole[from] -= take;
        part[from] += take_part;
        if (part[from] >= q) {
            part[from] -= q;
            ++whole[from];
        }
        lack -= take;
        lack_part -= take_part;
        if (lack_part < 0) {
            lack_part += q;
            ++lack;
        }
    }
}

// Writes the quotas of `rows` classes to cells[rows, columns]. The table stays in place until end_rounding, which may
// still raise cells of it. counts[c] >= 0 and min_per_split are taken as checked.
inline void quotas(Rounding* state, const int64_t* counts, int64_t rows, int64_t* cells) {
    const uint64_t q = static_cast<uint64_t>(state->q);
    int64_t* part = state->part;
    for (int64_t c = 0; c < rows; ++c, cells += state->columns) {
        for (int64_t k = 0; k < state->columns; ++k) {
            uint64_t rest;
            cells[k] = static_cast<int64_t>(multiply_divide(static_cast<uint64_t>(counts[c]),
                                                            static_cast<uint64_t>(state->sizes[k]), q, &rest));
            part[k] = static_cast<int64_t>(rest);
        }
        if (state->min_per_split > 0) raise_to_minimum(state, cells, part);
        for (int64_t k = 0; k < state->columns; ++k) {
            state->residue[k] -= part[k];
            if (state->residue[k] < 0) state->residue[k] += state->q;
        }
        add_row(state, part, cells);
    }
}

// Completes the column sums to integers by one more row, which is not part of the table. Every cell is then settled.
inline void end_rounding(Rounding* state) {
    add_row(state, state->residue, state->beyond);
}

}  // namespace fastsplit
