"use strict";
// The list of findings: filter, sort, open. Text from the scanned repository is only ever set as text, never as markup.
(() => {
  /** Rows that are drawn at a time; the rest follow when the end of the list comes into sight. */
  const CHUNK = 200;
  const LEVELS = ["error", "warning", "note"];
  const data = JSON.parse(document.getElementById("data").textContent);
  const findings = data.findings;
  const byId = (id) => document.getElementById(id);
  const form = byId("filters");
  const body = byId("rows");
  const more = byId("more");

  for (const finding of findings) {
    const rule = data.rules[finding.rule];
    const parts = [finding.path, finding.rule, rule.description, rule.provider, finding.key, finding.reason,
      finding.fingerprint, finding.commit, finding.author, finding.line.text, finding.decoded,
      ...(finding.companions || []).flatMap((it) => [it.name, it.value]),
      ...(finding.facts || []).map((fact) => fact.value)];
    finding.words = parts.filter(Boolean).join("\n").toLowerCase();
    finding.kind = rule.kind;
  }

  const element = (name, properties, ...children) => {
    const made = document.createElement(name);
    for (const [key, value] of Object.entries(properties || {})) {
      if (key === "class") made.className = value;
      else made.setAttribute(key, value);
    }
    made.append(...children);
    return made;
  };

  const compareText = (a, b) => (a < b ? -1 : a > b ? 1 : 0);
  const order = {
    place: (a, b) => a.at - b.at,
    severity: (a, b) => LEVELS.indexOf(a.severity) - LEVELS.indexOf(b.severity),
    kind: (a, b) => compareText(a.kind, b.kind),
    what: (a, b) => compareText(data.rules[a.rule].description, data.rules[b.rule].description),
    confidence: (a, b) => b.confidence - a.confidence,
  };
  findings.forEach((finding, at) => { finding.at = at; });

  let sorting = { by: "severity", down: false };
  let shown = [];
  let drawn = 0;
  let chosen = -1;

  const wanted = () => {
    const words = form.text.value.toLowerCase().split(/\s+/).filter(Boolean);
    const path = form.path.value.toLowerCase();
    const least = Number(form.confidence.value) / 100;
    const author = form.author ? form.author.value : "";
    return (finding) =>
      (!form.severity.value || finding.severity === form.severity.value) &&
      (!form.class.value || finding.class === form.class.value) &&
      (!form.kind.value || finding.kind === form.kind.value) &&
      (!author || finding.author === author) &&
      (!path || finding.path.toLowerCase().includes(path)) &&
      finding.confidence >= least &&
      words.every((word) => finding.words.includes(word));
  };

  /** A link only where the address is one that a browser opens in the ordinary way. */
  const link = (address) => {
    if (!/^https?:\/\//.test(address)) return element("span", {}, address);
    return element("a", { href: address, rel: "noreferrer noopener" }, address);
  };

  const detail = (finding) => {
    const rule = data.rules[finding.rule];
    const code = [...finding.line.text];
    const { start, end } = finding.line;
    const line = element("pre", { tabindex: "0", "aria-label": "Source line " + finding.start_line },
      element("span", { class: "number" }, String(finding.start_line)),
      code.slice(0, start).join(""),
      element("mark", {}, code.slice(start, end).join("")),
      code.slice(end).join(""));
    const list = element("dl");
    const row = (name, ...values) => {
      if (values[0]) list.append(element("dt", {}, name), element("dd", {}, ...values));
    };
    row("Verdict", finding.class + ", by " + finding.by + ", probability " + finding.confidence.toFixed(2));
    row("Seen", finding.context);
    row("Verified", finding.verification);
    row("Value", element("code", {}, finding.secret));
    row("Notebook", finding.cell);
    row("Name", finding.key && element("code", {}, finding.key));
    row("Decoded", finding.decoded);
    for (const it of finding.companions || []) {
      row("With", it.name + " ", element("code", {}, it.value), ", line " + it.line);
    }
    for (const fact of finding.facts || []) row("Says " + fact.name, fact.value);
    row("Rule", element("code", {}, finding.rule), rule.provider ? " (" + rule.provider + ")" : "");
    row("Also seen by", finding.also && finding.also.join(", "));
    row("Commit", finding.commit && element("code", {}, finding.commit));
    row("Author", finding.author);
    row("Date", finding.date);
    row("Fingerprint", element("code", {}, finding.fingerprint));
    row("What to do", rule.remediation);
    if (rule.references) row("Read more", ...rule.references.flatMap((address) => [link(address), " "]));
    const cell = element("td", { colspan: "5" }, line, element("p", { class: "reason" }, "Why: " + finding.explanation), list);
    return element("tr", { class: "detail", id: "detail-" + finding.at }, cell);
  };

  const rowOf = (finding) => {
    const rule = data.rules[finding.rule];
    const place = finding.path + ":" + finding.start_line + ":" + finding.start_column;
    const button = element("button", { type: "button", class: "place path", "aria-expanded": "false" }, place);
    const row = element("tr", {},
      element("td", { class: finding.severity }, finding.severity),
      element("td", {}, button),
      element("td", {}, rule.description),
      element("td", { class: "kind-cell" }, finding.kind),
      element("td", { class: "confidence-cell" }, finding.confidence.toFixed(2)));
    row.finding = finding;
    return row;
  };

  const draw = (upTo) => {
    const end = Math.min(upTo, shown.length);
    const rows = document.createDocumentFragment();
    for (; drawn < end; drawn += 1) rows.append(rowOf(shown[drawn]));
    body.append(rows);
    more.hidden = drawn >= shown.length;
    more.textContent = "Show more (" + (shown.length - drawn) + " left)";
  };

  const rowAt = (at) => body.querySelectorAll("tr:not(.detail)")[at];

  const toggle = (row, open) => {
    const button = row.querySelector("button");
    const is = button.getAttribute("aria-expanded") === "true";
    if (is === open) return;
    if (is) row.nextElementSibling.remove();
    else row.after(detail(row.finding));
    row.classList.toggle("open", !is);
    button.setAttribute("aria-expanded", String(!is));
    if (is) button.removeAttribute("aria-controls");
    else button.setAttribute("aria-controls", "detail-" + row.finding.at);
  };

  /** Moves to a row, drawing as far as that is. */
  const choose = (at) => {
    if (!shown.length) return;
    chosen = Math.max(0, Math.min(at, shown.length - 1));
    if (chosen >= drawn) draw(chosen + CHUNK);
    const button = rowAt(chosen).querySelector("button");
    button.focus({ preventScroll: true });
    button.scrollIntoView({ block: "center" });
  };

  const refresh = () => {
    byId("least").textContent = (Number(form.confidence.value) / 100).toFixed(2);
    shown = findings.filter(wanted());
    const compare = order[sorting.by];
    shown.sort((a, b) => (sorting.down ? -compare(a, b) : compare(a, b)) || a.at - b.at);
    for (const head of document.querySelectorAll("th")) {
      const mine = head.dataset.by === sorting.by;
      head.setAttribute("aria-sort", mine ? (sorting.down ? "descending" : "ascending") : "none");
    }
    body.replaceChildren();
    drawn = 0;
    chosen = -1;
    draw(CHUNK);
    byId("count").textContent = shown.length + " of " + findings.length + " shown";
    byId("nothing").hidden = shown.length > 0;
  };

  form.addEventListener("input", refresh);
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("reset", () => setTimeout(refresh));
  document.querySelector("thead").addEventListener("click", (event) => {
    const head = event.target.closest("th");
    if (!head) return;
    const by = head.dataset.by;
    sorting = { by, down: sorting.by === by && !sorting.down };
    refresh();
  });
  body.addEventListener("click", (event) => {
    const button = event.target.closest("button.place");
    if (!button) return;
    const row = button.closest("tr");
    chosen = shown.indexOf(row.finding);
    toggle(row, button.getAttribute("aria-expanded") !== "true");
  });
  body.addEventListener("focusin", (event) => {
    const row = event.target.closest("tr");
    if (row && row.finding) chosen = shown.indexOf(row.finding);
  });
  more.addEventListener("click", () => draw(drawn + CHUNK));
  if ("IntersectionObserver" in window) {
    new IntersectionObserver((seen) => {
      if (seen.some((entry) => entry.isIntersecting)) draw(drawn + CHUNK);
    }, { rootMargin: "600px" }).observe(more);
  }
  // Paper can be neither scrolled nor opened.
  window.addEventListener("beforeprint", () => {
    draw(shown.length);
    document.querySelector("details.ledger").open = true;
  });

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    const typing = /^(INPUT|SELECT|TEXTAREA)$/.test(event.target.tagName);
    if (event.key === "Escape") {
      if (typing) {
        event.target.blur();
        choose(Math.max(chosen, 0));
      } else {
        for (const row of body.querySelectorAll("tr.open")) toggle(row, false);
      }
      return;
    }
    if (typing) {
      if (event.key === "Enter" && event.target === form.text) choose(0);
      return;
    }
    const step = { j: 1, ArrowDown: 1, k: -1, ArrowUp: -1 }[event.key];
    if (step) choose(chosen + step);
    else if (event.key === "/") {
      form.text.focus();
      form.text.select();
    } else return;
    event.preventDefault();
  });

  refresh();
})();
