// quotas: class counts x sizes -> an integer table with exact margins, by controlled rounding.
//
// The ideal of class c and column k is counts[c] * sizes[k] / q. Every cell becomes its floor or
// its ceiling, and so does every column total. Rounding is a walk: a cell that closes a cycle of
// fractional cells is pushed up or down around that cycle by the largest step either way, up with
// probability down / (up + down), which keeps every expectation (Gandhi, Khuller, Parthasarathy &
// Srinivasan 2002, dependent rounding; Cox 1987, controlled rounding). Between rows the fractional
// cells form a forest over the columns, so the state does not grow with the number of classes.
#pragma once
#include <algorithm>
#include <cstdint>

#include "parts/keys.hpp"
#include "parts/wide.hpp"

namespace fastsplit {

// The columns of the table: the splits and, if their sizes sum to less than q, the rest column.
struct Columns {
    const int64_t* sizes;  // [n], summing to q
    int64_t n;
    int64_t n_splits;  // the first n_splits columns are splits
    int64_t q;         // 0 < q < 2**62
};

// A cell is floor + part / q examples, 0 <= part < q.
struct Rounding {
    Columns columns;
    Seed seed;
    uint64_t draws;  // random numbers used so far

    int64_t* scaled;   // [columns]: sizes[k] / q in units of 2**-63, rounded down
    int64_t* part;     // [columns]: of the current row
    int64_t* residue;  // [columns]: minus the sum of the parts of each column so far, modulo q
    int64_t* discard;  // [columns]: scratch row that completes the sums, discarded

    // The forest over the columns (vertices 0 .. columns - 1) and the rows with fractional cells
    // (the other vertices). Every row but the current one has two fractional cells or more, so
    // there are fewer rows than columns. The current row is the root of its tree.
    int64_t* parent;  // [vertices]: -1 at a root
    int64_t* rising;  // [vertices]: part of the cell to the parent, 0 < rising < q
    int64_t* degree;  // [vertices]: fractional cells of a row
    int64_t** cells;  // [vertices]: a row's cells in the table
    int64_t* free;    // [vertices]: unused row vertices
    int64_t n_free;
};

inline int64_t n_vertices(int64_t n_columns) { return 2 * n_columns + 1; }

// The int64s that begin_rounding needs as workspace, besides n_vertices(n_columns) pointers.
inline int64_t rounding_workspace(int64_t n_columns) {
    return 4 * n_columns + 4 * n_vertices(n_columns);
}

inline Rounding begin_rounding(const Columns& columns, Seed seed, int64_t* workspace,
                               int64_t** cells) {
    const int64_t n = columns.n, vertices = n_vertices(n);
    Rounding state{};
    state.columns = columns;
    state.seed = seed;
    std::fill_n(workspace, rounding_workspace(n), 0);
    state.scaled = workspace;
    state.part = state.scaled + n;
    state.residue = state.part + n;
    state.discard = state.residue + n;
    state.parent = state.discard + n;
    state.rising = state.parent + vertices;
    state.degree = state.rising + vertices;
    state.free = state.degree + vertices;
    state.cells = cells;
    for (int64_t k = 0; k < n; ++k) {
        uint64_t rest;
        state.scaled[k] = static_cast<int64_t>(
            multiply_divide(static_cast<uint64_t>(columns.sizes[k]), uint64_t{1} << 63,
                            static_cast<uint64_t>(columns.q), &rest));
    }
    std::fill_n(state.parent, vertices, -1);
    for (int64_t row = vertices - 1; row >= n; --row) state.free[state.n_free++] = row;
    return state;
}

// Settles the cell between a vertex and its parent, which has become an integer.
inline void settle(Rounding* state, int64_t vertex) {
    const int64_t parent = state->parent[vertex], row = std::max(vertex, parent),
                  column = std::min(vertex, parent);
    if (state->rising[vertex] != 0) ++state->cells[row][column];
    state->parent[vertex] = -1;
    if (--state->degree[row] == 0) state->free[state->n_free++] = row;
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

// Adds the fractional cell (row, column) to the forest, pushing it around the cycle that it closes,
// if any.
inline void add_cell(Rounding* state, int64_t row, int64_t column, int64_t part) {
    const int64_t q = state->columns.q;
    int64_t* const parent = state->parent;
    int64_t* const rising = state->rising;
    // Cells rise and fall alternately up to the root; the first one falls if the new one rises. If
    // the root is the row, this is the cycle.
    int64_t up = q - part, down = part, root = column;
    for (bool rises = false; parent[root] >= 0; root = parent[root], rises = !rises) {
        const int64_t other = rising[root], opposite = q - other;
        up = std::min(up, rises ? opposite : other);
        down = std::min(down, rises ? other : opposite);
    }
    if (root == row) {
        const uint64_t draw = key(state->seed, state->draws++);
        const bool go_up =
            multiply_high(draw, static_cast<uint64_t>(up + down)) < static_cast<uint64_t>(down);
        int64_t step = go_up ? up : -down;
        part += step;
        for (int64_t at = column; at != row;) {
            const int64_t next = parent[at];
            step = -step;
            rising[at] += step;
            if (rising[at] == 0 || rising[at] == q) settle(state, at);
            at = next;
        }
    }
    if (part == 0 || part == q) {
        if (part == q) ++state->cells[row][column];
        return;
    }
    make_root(state, column);  // a cycle is open now: row and column are in different trees
    parent[column] = row;
    rising[column] = part;
    ++state->degree[row];
}

// Adds a row whose cells have the fractional parts part[columns] (0 <= part < q), rounding as it
// goes.
inline void add_row(Rounding* state, const int64_t* part, int64_t* cells) {
    const int64_t row = state->free[--state->n_free];
    state->cells[row] = cells;
    state->degree[row] = 1;  // keeps the row while its cells are added
    for (int64_t k = 0; k < state->columns.n; ++k) {
        if (part[k] > 0) add_cell(state, row, k, part[k]);
    }
    if (--state->degree[row] == 0) state->free[state->n_free++] = row;
}

// Writes the quotas of n classes to cells[n, columns]. The table must stay in place until
// end_rounding, which may still raise its cells. Not checked: counts[c] >= 0.
inline void quotas(Rounding* state, const int64_t* counts, int64_t n, int64_t* cells) {
    const Columns& columns = state->columns;
    const uint64_t q = static_cast<uint64_t>(columns.q);
    for (int64_t c = 0; c < n; ++c, cells += columns.n) {
        const uint64_t count = static_cast<uint64_t>(counts[c]);
        for (int64_t k = 0; k < columns.n; ++k) {
            // `scaled` lacks less than 2**-63 of the share, so `whole` lacks at most 1 of the
            // floor.
            uint64_t whole = multiply_high(2 * count, static_cast<uint64_t>(state->scaled[k]));
            uint64_t rest = count * static_cast<uint64_t>(columns.sizes[k]) - whole * q;
            const bool lacks = rest >= q;
            whole += lacks;
            rest -= lacks ? q : 0;
            cells[k] = static_cast<int64_t>(whole);
            state->part[k] = static_cast<int64_t>(rest);
            const int64_t residue = state->residue[k] - state->part[k];
            state->residue[k] = residue < 0 ? residue + columns.q : residue;
        }
        add_row(state, state->part, cells);
    }
}

// Completes the column sums to integers by one more row, which is discarded. Every cell is settled
// then.
inline void end_rounding(Rounding* state) { add_row(state, state->residue, state->discard); }

// The minimum of every class in column k: none in the rest column and in splits of size 0.
inline int64_t minimum_of(const Columns& columns, int64_t min_per_split, int64_t k) {
    return k < columns.n_splits && columns.sizes[k] > 0 ? min_per_split : 0;
}

// Raises the cells of each class to the minimum. What they lack is taken from the class's largest
// cell above the minimum (the first of equal ones), one example (if much is lacking, a share of it)
// at a time. Adds what each column gains to gain[columns]. Not checked: the classes are large
// enough.
inline void raise_to_minimum(const int64_t* minimum, int64_t columns, int64_t n, int64_t* cells,
                             int64_t* gain) {
    for (int64_t* const end = cells + n * columns; cells < end; cells += columns) {
        int64_t lack = 0;
        for (int64_t k = 0; k < columns; ++k) {
            if (cells[k] >= minimum[k]) continue;
            lack += minimum[k] - cells[k];
            gain[k] += minimum[k] - cells[k];
            cells[k] = minimum[k];
        }
        while (lack > 0) {
            int64_t from = -1;
            for (int64_t k = 0; k < columns; ++k) {
                if (cells[k] > minimum[k] && (from < 0 || cells[k] > cells[from])) from = k;
            }
            const int64_t share = std::max<int64_t>(1, lack / columns);
            const int64_t take = std::min(share, cells[from] - minimum[from]);
            cells[from] -= take;
            gain[from] -= take;
            lack -= take;
        }
    }
}

// Moves examples of all classes between columns so that gain[columns] becomes 0: each column that
// gained gives back, from every class in proportion to what that class has above the minimum, and
// the classes fill the columns that lost in order. Not checked: each column has enough above the
// minimum. workspace has 2 * columns elements.
inline void give_back(const int64_t* minimum, int64_t columns, int64_t n, int64_t* cells,
                      int64_t* gain, int64_t* workspace) {
    int64_t* const above = workspace;             // of all classes, by column
    int64_t* const passed = workspace + columns;  // of the classes so far
    std::fill_n(workspace, 2 * columns, 0);
    for (int64_t c = 0; c < n; ++c) {
        for (int64_t k = 0; k < columns; ++k) above[k] += cells[c * columns + k] - minimum[k];
    }
    const auto given = [&](int64_t k) {
        uint64_t rest;
        return static_cast<int64_t>(multiply_divide(static_cast<uint64_t>(gain[k]),
                                                    static_cast<uint64_t>(passed[k]),
                                                    static_cast<uint64_t>(above[k]), &rest));
    };
    int64_t to = 0;
    for (int64_t c = 0; c < n; ++c) {
        int64_t* const row = cells + c * columns;
        int64_t moving = 0;
        for (int64_t k = 0; k < columns; ++k) {
            if (gain[k] <= 0) continue;
            const int64_t before = given(k);
            passed[k] += row[k] - minimum[k];
            const int64_t take = given(k) - before;
            row[k] -= take;
            moving += take;
        }
        while (moving > 0) {
            if (gain[to] >= 0) {
                ++to;
                continue;
            }
            const int64_t fill = std::min(moving, -gain[to]);
            row[to] += fill;
            gain[to] += fill;
            moving -= fill;
        }
    }
}

// Whether every class and every column of the table is large enough for the minimum.
inline bool allows_minimum(const int64_t* minimum, int64_t columns, int64_t n,
                           const int64_t* cells) {
    for (int64_t k = 0; k < columns; ++k) {
        int64_t total = 0;
        for (int64_t c = 0; c < n; ++c) total += cells[c * columns + k] - minimum[k];
        if (total < 0) return false;
    }
    for (int64_t c = 0; c < n; ++c) {
        int64_t total = 0;
        for (int64_t k = 0; k < columns; ++k) total += cells[c * columns + k] - minimum[k];
        if (total < 0) return false;
    }
    return true;
}

// The int64s that keep_minimum needs as workspace.
inline int64_t minimum_workspace(int64_t n_columns) { return 4 * n_columns; }

// Raises the rounded quotas cells[n, columns] to min_per_split in every split of size > 0. What
// small classes take is given back by large ones: row and column sums stay. Returns false, and
// changes nothing, if a class or a column is too small.
inline bool keep_minimum(const Columns& columns, int64_t min_per_split, int64_t n, int64_t* cells,
                         int64_t* workspace) {
    int64_t* const minimum = workspace;
    int64_t* const gain = minimum + columns.n;
    std::fill_n(gain, columns.n, 0);
    for (int64_t k = 0; k < columns.n; ++k) minimum[k] = minimum_of(columns, min_per_split, k);
    if (!allows_minimum(minimum, columns.n, n, cells)) return false;
    raise_to_minimum(minimum, columns.n, n, cells, gain);
    give_back(minimum, columns.n, n, cells, gain, gain + columns.n);
    return true;
}

}  // namespace fastsplit
