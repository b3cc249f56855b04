// On the search page. A formula is in a page twice, for screen readers with its LaTeX and as it looks: the lines that the
// search shows of a page hold it once.

const plain = Search.htmlToText;
Search.htmlToText = (html, anchor) => {
  const page = new DOMParser().parseFromString(html, "text/html");
  page.querySelectorAll(".katex-html, .katex annotation").forEach((part) => part.remove());
  return plain(page.documentElement.outerHTML, anchor);
};
