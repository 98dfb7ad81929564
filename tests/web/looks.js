// What a page has to have so that everybody can use it; each problem is a text. Run inside of the page by the tests.
() => {
  const problems = [];
  const shown = (node) => node.checkVisibility({ checkOpacity: true, checkVisibilityCSS: true });

  // --- names and labels
  if (!document.documentElement.lang) problems.push("the page has no language");
  if (!document.title) problems.push("the page has no title");
  if (document.querySelectorAll("h1").length !== 1) problems.push("there is not one h1");
  if (!document.querySelector("main")) problems.push("there is no main");
  let level = 1;
  for (const heading of document.querySelectorAll("h1,h2,h3,h4")) {
    const now = Number(heading.tagName[1]);
    if (now > level + 1) problems.push(`heading of level ${now} after ${level}: ${heading.textContent}`);
    level = now;
  }
  for (const input of document.querySelectorAll("input:not([type=hidden])"))
    if (!input.labels.length) problems.push(`no label: ${input.outerHTML}`);
  for (const control of document.querySelectorAll("a,button"))
    if (!(control.getAttribute("aria-label") || control.textContent.trim())) problems.push(`no name: ${control.outerHTML}`);
  for (const image of document.querySelectorAll("img")) if (!image.hasAttribute("alt")) problems.push("an image without alt");
  for (const picture of document.querySelectorAll("svg"))
    if (picture.getAttribute("aria-hidden") !== "true" && !(picture.getAttribute("role") === "img" && picture.getAttribute("aria-label")))
      problems.push(`a picture without words: ${picture.outerHTML.slice(0, 80)}`);
  for (const table of document.querySelectorAll("table")) {
    if (!table.getAttribute("aria-label")) problems.push("a table without a name");
    if (table.querySelector("th:not([scope])")) problems.push("a heading of a table without scope");
  }
  const ids = [...document.querySelectorAll("[id]")].map((node) => node.id);
  for (const id of ids) if (ids.indexOf(id) !== ids.lastIndexOf(id)) problems.push(`the id ${id} twice`);
  for (const node of document.querySelectorAll("[aria-labelledby]"))
    if (!document.getElementById(node.getAttribute("aria-labelledby"))) problems.push("labelled by nothing");

  // --- contrast (WCAG 2: 4.5 for text, 3 for large text)
  const channel = (value) => (value / 255 <= 0.04045 ? value / 255 / 12.92 : ((value / 255 + 0.055) / 1.055) ** 2.4);
  const light = ([r, g, b]) => 0.2126 * channel(r) + 0.7152 * channel(g) + 0.0722 * channel(b);
  const colour = (text) => text.match(/[\d.]+/g).map(Number);
  const ground = (node) => {
    for (; node; node = node.parentElement) {
      const found = colour(getComputedStyle(node).backgroundColor);
      if (found.length < 4 || found[3] === 1) return found;
    }
    return [255, 255, 255];
  };
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const node = walker.currentNode.parentElement;
    if (!walker.currentNode.textContent.trim() || node.closest("svg,script,style,.skip") || !shown(node)) continue;
    const style = getComputedStyle(node);
    const [one, other] = [light(colour(style.color)), light(ground(node))].sort((a, b) => b - a);
    const ratio = (one + 0.05) / (other + 0.05);
    const size = parseFloat(style.fontSize);
    const least = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700) ? 3 : 4.5;
    if (ratio < least) problems.push(`contrast ${ratio.toFixed(2)}: ${walker.currentNode.textContent.trim()} (${node.className})`);
  }

  // --- width and things to press
  if (document.documentElement.scrollWidth > document.documentElement.clientWidth) problems.push("wider than the window");
  for (const control of document.querySelectorAll("button,nav a")) {
    const box = control.getBoundingClientRect();
    if (shown(control) && (box.height < 24 || box.width < 24)) problems.push(`too small to press: ${control.textContent}`);
  }
  return problems;
};
