"use strict";
// Search over all classes. The first rows are part of the page; the data is parsed only when something is searched.
(() => {
  const SHOWN = 100; // rows: more than anyone reads, and few enough to be drawn at every keystroke
  const COLORS = 10; // as in colors.py
  const find = (id) => document.getElementById(id);
  const query = find("query"), lacking = find("lacking"), answer = find("answer");
  let data = null, lowered = null, largestFirst = null;

  const load = () => {
    if (data) return;
    data = JSON.parse(find("data").textContent);
    lowered = data.class_names.map((name) => name.toLowerCase());
    // A typed array is sorted several times faster; equal sizes stay in the order of the classes.
    largestFirst = Uint32Array.from(lowered.keys()).sort((a, b) => data.class_sizes[b] - data.class_sizes[a] || a - b);
  };

  const element = (tag, kind, text) => {
    const made = document.createElement(tag);
    if (kind) made.className = kind;
    if (text !== undefined) made.textContent = text; // never as HTML: names of classes are data
    return made;
  };
  const number = (value, decimals = 0) =>
    value.toLocaleString("en-US", { minimumFractionDigits: decimals, maximumFractionDigits: decimals });

  // Of integers, and truncated like the deviations of the page: one below 1 must not be shown as 1.
  const deviation = (c) => {
    let hundredths = 0, exact = true;
    data.splits.forEach((split, k) => {
      const [p, q = 1] = split.size.split("/").map(Number);
      const off = Math.abs(q * data.class_counts[k][c] - p * data.class_sizes[c]);
      hundredths = Math.max(hundredths, Math.floor((100 * off) / q));
      exact &&= off === 0;
    });
    return exact ? "0" : number(hundredths / 100, 2);
  };

  const bar = (counts, total) => {
    const made = element("span", "bar");
    const rest = total - counts.reduce((sum, n) => sum + n, 0);
    const parts = counts.map((n, k) => [data.splits[k].name, n, `k${k % COLORS}`]);
    if (data.none) parts.push(["in no split", rest, "kr"]);
    for (const [, n, color] of parts) {
      if (!n) continue;
      const piece = element("i", color);
      piece.style.flexGrow = n;
      made.append(piece);
    }
    made.title = parts.map(([name, n]) => `${name} ${number(n)} (${((100 * n) / (total || 1)).toFixed(1)}%)`).join(", ");
    return made;
  };

  const row = (c) => {
    const made = element("tr");
    const add = (content, kind) => {
      const cell = element("td", kind);
      cell.append(content);
      made.append(cell);
    };
    const counts = data.class_counts.map((column) => column[c]), total = data.class_sizes[c];
    add(element("bdi", "", data.class_names[c]));
    add(number(total), "n");
    if (counts.length <= Number(answer.dataset.bars)) add(bar(counts, total));
    if (counts.length <= Number(answer.dataset.columns)) for (const n of counts) add(number(n), n ? "n" : "n none");
    add(deviation(c), "n");
    return made;
  };

  // The class of exactly this name first, then names that begin with it, then names that have it inside; large classes first.
  const search = (text, split) => {
    const wanted = text.toLowerCase();
    const ranks = [[], [], [], []];
    for (const c of largestFirst) {
      if (split >= 0 && (data.class_counts[split][c] || !data.class_sizes[c])) continue;
      const at = lowered[c].indexOf(wanted);
      if (at < 0) continue;
      ranks[data.class_names[c] === text ? 0 : lowered[c] === wanted ? 1 : at === 0 ? 2 : 3].push(c);
    }
    return ranks.flat();
  };

  const show = () => {
    const text = query.value, split = Number(lacking.value);
    const asked = text !== "" || split >= 0;
    answer.hidden = !asked;
    find("overview").hidden = asked;
    if (!asked) return;
    load();
    const found = search(text, split);
    const classes = found.length === 1 ? "1 class" : `${number(found.length)} classes`;
    find("found").textContent = classes + (found.length > SHOWN ? `, the first ${SHOWN} are shown` : "");
    find("rows").replaceChildren(...found.slice(0, SHOWN).map(row));
  };

  // page.html#class=NAME opens the page at a class, and page.html#absent=SPLIT at the classes that a split lacks; what is
  // searched is in the address, so that it can be passed on.
  const follow = () => {
    const [, kind, encoded] = /^#(class|absent)=(.*)$/s.exec(location.hash) ?? [];
    if (!kind) return;
    const wanted = decodeURIComponent(encoded);
    load();
    if (kind === "class") query.value = wanted;
    else lacking.value = data.splits.findIndex((split) => split.name === wanted);
    if (lacking.selectedIndex < 0) lacking.value = -1; // a split that lacks no class is not among the options
    show();
    query.scrollIntoView();
  };
  const changed = () => {
    const split = data?.splits[lacking.value]?.name;
    const [kind, value] = query.value ? ["class", query.value] : ["absent", split];
    history.replaceState(null, "", value === undefined ? "#" : `#${kind}=${encodeURIComponent(value)}`);
  };
  const asked = () => {
    show();
    changed();
  };
  query.addEventListener("input", asked);
  lacking.addEventListener("change", asked);
  window.addEventListener("hashchange", follow);
  find("save").addEventListener("click", () => {
    const link = element("a");
    link.href = URL.createObjectURL(new Blob([find("data").textContent], { type: "application/json" }));
    link.download = "split.json";
    link.click();
  });
  follow();
})();
