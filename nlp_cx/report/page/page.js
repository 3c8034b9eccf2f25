"use strict";
/* Filters, toggles and charts of the page. Texts reach the page as textContent only. */
(function () {
  const FIRST_QUOTES = 8;
  const MORE_QUOTES = 20;
  const root = document.documentElement;
  const all = (selector, from) => Array.from((from || document).querySelectorAll(selector));
  const fill = (pattern, values) =>
    pattern.replace(/\{(\w+)\}/g, (_, key) => String(values[key]));
  const views = all(".report");
  const words = new Map(
    views.map((view) => [view, JSON.parse(view.querySelector("script.words").textContent)])
  );
  const current = () => views.find((view) => view.classList.contains("is-current"));

  /* Languages: two reports stand in the page, one is seen. */
  function showLanguage(language) {
    const next = views.find((view) => view.dataset.language === language);
    const before = current();
    if (!next || next === before) return;
    const place = sectionInView(before);
    before.classList.remove("is-current");
    next.classList.add("is-current");
    root.lang = next.lang;
    document.title = next.dataset.title;
    nameTheme();
    markSection();
    if (place >= 0) all("main > section", next)[place]?.scrollIntoView();
    drawCharts(next);
  }

  function sectionInView(view) {
    if (window.scrollY < 200) return -1;
    const sections = all("main > section", view);
    return sections.findLastIndex((section) => section.getBoundingClientRect().top < 160);
  }

  for (const button of all("button.to-language")) {
    button.addEventListener("click", () => {
      showLanguage(button.dataset.language);
      current().querySelector("button.to-language").focus({ preventScroll: true });
    });
  }

  /* Light and dark: the reader's system decides until the button is pressed. */
  const prefersDark = window.matchMedia("(prefers-color-scheme: dark)");
  const isDark = () => (root.dataset.theme ? root.dataset.theme === "dark" : prefersDark.matches);

  function nameTheme() {
    for (const view of views) {
      const button = view.querySelector("button.to-theme");
      const name = words.get(view)[isDark() ? "theme_light" : "theme_dark"];
      button.textContent = name;
      button.setAttribute("aria-label", button.dataset.label + ": " + name);
    }
  }

  for (const button of all("button.to-theme")) {
    button.addEventListener("click", () => {
      root.dataset.theme = isDark() ? "light" : "dark";
      nameTheme();
    });
  }
  prefersDark.addEventListener("change", nameTheme);

  /* A link to evidence shows it: in its language, with its numbers open. */
  function follow() {
    let name = "";
    try {
      name = decodeURIComponent(window.location.hash.slice(1));
    } catch (error) {
      if (!(error instanceof URIError)) throw error;
    }
    if (!name) return;
    const target =
      document.getElementById(name) ||
      document.getElementById(current().dataset.language + "-" + name);
    const view = target && target.closest(".report");
    if (!view) return;
    showLanguage(view.dataset.language);
    const details = target.matches("details")
      ? target
      : target.querySelector(":scope > details.numbers");
    if (details) details.open = true;
    target.scrollIntoView();
    if (target.matches(".block, main")) target.focus({ preventScroll: true });
  }
  window.addEventListener("hashchange", follow);
  for (const link of all('a[href^="#"]')) {
    /* The same link twice changes no hash. */
    link.addEventListener("click", () => {
      if (link.hash === window.location.hash) follow();
    });
  }

  /* Contents: closed where they would fill the screen; the section in view is marked. */
  const isNarrow = window.matchMedia("(max-width: 68rem)");
  const foldContents = () => {
    for (const details of all(".contents details")) details.open = !isNarrow.matches;
  };
  isNarrow.addEventListener("change", foldContents);
  foldContents();
  for (const link of all(".contents a")) {
    link.addEventListener("click", () => {
      if (isNarrow.matches) link.closest("details").open = false;
    });
  }
  let isMarking = false;
  function markSection() {
    isMarking = false;
    const place = Math.max(0, sectionInView(current()));
    all(".contents a", current()).forEach((link, i) => {
      if (i === place) link.setAttribute("aria-current", "true");
      else link.removeAttribute("aria-current");
    });
  }
  window.addEventListener(
    "scroll",
    () => {
      if (!isMarking) window.requestAnimationFrame(markSection);
      isMarking = true;
    },
    { passive: true }
  );

  /* Long tables: the first rows, then all. */
  for (const button of all("button.all-rows")) {
    const table = button.previousElementSibling.querySelector("table");
    const name = () => {
      const text = words.get(button.closest(".report"));
      const isOpen = table.classList.contains("is-open");
      button.textContent = isOpen ? text.rows_fewer : fill(text.rows_all, { n: button.dataset.n });
      button.setAttribute("aria-expanded", String(isOpen));
    };
    button.addEventListener("click", () => {
      table.classList.toggle("is-open");
      name();
    });
    button.hidden = false;
    name();
  }

  /* Quotes: all are in the file; only those asked for stay in the document. */
  for (const block of all(".block.quotes")) {
    const list = block.querySelector(".quote-list");
    if (!list) continue;
    const text = words.get(block.closest(".report"));
    const form = block.querySelector(".filters");
    const status = block.querySelector(".shown");
    const more = block.querySelector(".more");
    const nothing = block.querySelector(".none-matching");
    const locale = block.closest(".report").lang;
    const write = (n) => n.toLocaleString(locale === "en" ? "en-GB" : "zh-CN");
    const fold = (value) => value.normalize("NFKC").toLowerCase();
    const quotes = Array.from(list.children, (element) => ({
      element,
      words: fold(element.querySelector("blockquote").textContent),
    }));
    const names = ["driver", "polarity", "segment"].filter((name) => form.elements[name]);
    let n = FIRST_QUOTES;

    const show = () => {
      const search = fold(form.elements.search.value.trim());
      const wanted = names.map((name) => [name, form.elements[name].value]);
      const matching = quotes.filter(
        (quote) =>
          wanted.every(([name, value]) => !value || "=" + quote.element.dataset[name] === value) &&
          quote.words.includes(search)
      );
      const shown = matching.slice(0, n);
      list.replaceChildren(...shown.map((quote) => quote.element));
      const isAll = matching.length === quotes.length;
      status.textContent = fill(isAll ? text.shown : text.shown_matching, {
        shown: write(shown.length),
        matching: write(matching.length),
        n: write(quotes.length),
      });
      nothing.hidden = matching.length > 0;
      const rest = Math.min(MORE_QUOTES, matching.length - shown.length);
      more.hidden = rest <= 0;
      more.textContent = fill(text.more, { n: write(rest) });
      return shown;
    };
    const restart = () => {
      n = FIRST_QUOTES;
      show();
    };
    form.addEventListener("input", restart);
    form.addEventListener("submit", (event) => event.preventDefault());
    form.addEventListener("reset", () => window.setTimeout(restart));
    more.addEventListener("click", () => {
      const first = n;
      n += MORE_QUOTES;
      const next = show()[first];
      if (next) {
        next.element.tabIndex = -1;
        next.element.focus({ preventScroll: true });
      }
    });
    form.hidden = status.hidden = false;
    show();
  }

  /* Charts. */
  const tooltip = document.createElement("div");
  tooltip.className = "tooltip";
  tooltip.hidden = true;
  document.body.append(tooltip);

  function describe(item, value, block) {
    const row = item && item.datum && item.datum._row;
    const type = item && item.mark && item.mark.marktype;
    const isOne = type !== "line" && type !== "area" && type !== "trail";
    const table = block.querySelector(".numbers table");
    if (isOne && Number.isInteger(row) && table && table.tBodies[0].rows[row]) {
      const heads = Array.from(table.tHead.rows[0].cells, (cell) => cell.firstChild.textContent);
      return Array.from(table.tBodies[0].rows[row].cells, (cell, i) => [
        heads[i],
        Array.from(cell.childNodes, (node) => node.textContent.trim()).filter(Boolean).join("  ·  "),
      ]).slice(0, 10);
    }
    if (!isOne || value === null || typeof value !== "object") return [];
    return Object.entries(value).filter(([key]) => !key.startsWith("_"));
  }

  function pointAt(event) {
    const gap = 14;
    const box = tooltip.getBoundingClientRect();
    const right = event.clientX + gap + box.width < window.innerWidth;
    const below = event.clientY + gap + box.height < window.innerHeight;
    const left = right ? event.clientX + gap : Math.max(4, event.clientX - gap - box.width);
    const top = below ? event.clientY + gap : Math.max(4, event.clientY - gap - box.height);
    tooltip.style.setProperty("left", left + "px");
    tooltip.style.setProperty("top", top + "px");
  }

  function showTooltip(block) {
    return function (handler, event, item, value) {
      const lines = value === null || value === undefined ? [] : describe(item, value, block);
      tooltip.hidden = lines.length === 0;
      if (!lines.length) return;
      const list = document.createElement("dl");
      for (const [key, text] of lines) {
        const name = document.createElement("dt");
        const said = document.createElement("dd");
        name.textContent = key;
        said.textContent = String(text);
        list.append(name, said);
      }
      tooltip.replaceChildren(list);
      pointAt(event);
    };
  }

  /* Charts are as wide as their box; small charts in rows share it. */
  function fit(spec, width) {
    const rows = spec.data.values;
    const count = (field) => new Set(rows.map((row) => row[field])).size || 1;
    const each = (n) => Math.max(120, Math.floor((width - 46) / n) - 20);
    const encoding = spec.encoding || {};
    const facet = spec.facet || encoding.facet;
    if (spec.hconcat) {
      for (const part of spec.hconcat) part.width = each(spec.hconcat.length);
    } else if (spec.vconcat || spec.concat) {
      for (const part of spec.vconcat || spec.concat) part.width = each(spec.columns || 1);
    } else if (facet || encoding.column || encoding.row || spec.repeat) {
      let n = 1;
      const column = encoding.column || (facet && facet.column);
      if (column) n = count(column.field);
      else if (facet && facet.field) {
        const most = Math.max(1, Math.floor(width / 210));
        n = Math.min(spec.columns || facet.columns || 3, count(facet.field), most);
        if (spec.facet) spec.columns = n;
        else facet.columns = n;
      }
      (spec.spec || spec).width = each(n);
    } else {
      spec.width = width;
      spec.autosize = { type: "fit-x", contains: "padding" };
    }
    return spec;
  }

  async function draw(picture) {
    const block = picture.closest(".block");
    const spec = JSON.parse(picture.parentElement.querySelector("script.spec").textContent);
    const width = picture.clientWidth;
    // What was drawn narrow fits half the width of a sheet of paper; the rest would be unreadable.
    block.classList.toggle("half", block.classList.contains("small") && width < 480);
    if (width < 480) {
      for (const part of ["axis", "legend", "header"]) {
        spec.config[part].labelLimit = 96;
        spec.config[part].labelFontSize = 11;
      }
      spec.config.axisX.tickCount = 4;
      for (const layer of spec.layer || []) {
        if (layer.mark && layer.mark.type === "text") layer.mark.fontSize = 9;
      }
      spec.config.legend.columns = 3;
    }
    try {
      await window.nlpCxEmbed(picture, fit(spec, width), {
        mode: "vega-lite",
        renderer: "svg",
        actions: false,
        ast: true,
        defaultStyle: false,
        hover: false,
        tooltip: showTooltip(block),
        loader: { load: () => Promise.reject(new Error("a report loads nothing")) },
      });
      picture.dataset.state = "drawn";
    } catch (error) {
      picture.dataset.state = "failed";
      picture.removeAttribute("role");
      picture.textContent = words.get(picture.closest(".report")).not_drawn;
      block.querySelector("details.numbers").open = true;
      console.error("chart " + block.id + ": " + error.message);
    }
  }

  /* One after the other, so that the page answers meanwhile; hidden ones when they are shown. */
  async function drawCharts(view) {
    for (const picture of all(".picture", view)) {
      if (picture.dataset.state || !view.classList.contains("is-current")) continue;
      picture.dataset.state = "drawing";
      await draw(picture);
    }
    if (view.classList.contains("is-current")) view.dataset.state = "drawn";
  }

  /* Charts have the width they were drawn with; a phone that is turned draws them again. */
  let drawnWidth = window.innerWidth;
  let waiting = 0;
  window.addEventListener("resize", () => {
    window.clearTimeout(waiting);
    waiting = window.setTimeout(() => {
      if (Math.abs(window.innerWidth - drawnWidth) < 24) return;
      drawnWidth = window.innerWidth;
      for (const picture of all('.picture[data-state="drawn"]')) delete picture.dataset.state;
      drawCharts(current());
    }, 250);
  });

  nameTheme();
  markSection();
  follow();
  drawCharts(current());
})();
