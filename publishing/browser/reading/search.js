// On the search page: the lines that it shows of a page. A formula is in a page twice, for screen readers with its LaTeX and
// as it looks; they hold it once. Between two paragraphs, cells or items stands a space, and no word is cut.

const BLOCKS = "p, li, dt, dd, td, th, pre, div, figcaption, summary, h1, h2, h3, h4";

const { htmlToText, makeSearchSummary } = Search;
Search.htmlToText = (html, anchor) => {
  const page = new DOMParser().parseFromString(html, "text/html");
  page.querySelectorAll(".katex-html, .katex annotation").forEach((part) => part.remove());
  page.querySelectorAll(BLOCKS).forEach((block) => block.append(" "));
  return htmlToText(page.documentElement.outerHTML, anchor).replace(/\s+/g, " ").trim();
};
Search.makeSearchSummary = (...given) => {
  const made = makeSearchSummary(...given);
  const whole = made?.textContent?.replace(/^\.{3}\S*\s+/, "… ").replace(/\s+\S*\.{3}$/, " …");
  if (made && whole) made.textContent = whole;
  return made;
};
