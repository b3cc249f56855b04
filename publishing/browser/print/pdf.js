// Makes one document to print from the site's pages: title, contents, then the article of each page. It runs in a page of
// the site and returns the ids and titles of the pages in order. publishing/output/pdf.py loads this file directly; it is
// not one of the site's own scripts.

/**
 * @param {{title: string, subtitle: string, parts: {caption: string, pages: string[]}[], root: string}} book
 */
export default async function bind({ title, subtitle, parts, root }) {
  document.querySelectorAll("script").forEach((script) => script.remove());
  document.documentElement.dataset.theme = document.documentElement.dataset.mode = "light";
  const book = document.createElement("main");
  book.className = "bd-content bd-article book";
  /**
   * @param {Element} parent
   * @param {string} tag
   * @param {string | null} text
   * @param {Record<string, string>} attributes
   */
  const add = (parent, tag, text, attributes = {}) => {
    const made = parent.appendChild(document.createElement(tag));
    made.textContent = text;
    for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
    return made;
  };
  const front = add(book, "section", "", { class: "book-front" });
  add(front, "p", title, { class: "book-title" });
  add(front, "p", subtitle, { class: "book-subtitle" });
  const contents = add(book, "nav", "", { class: "book-contents" });
  add(contents, "h1", "Contents");

  /** @param {string} name */
  const prefix = (name) => name.replaceAll("/", "-");
  const names = parts.flatMap((part) => part.pages);
  const pages = [];
  for (const { caption, pages: chapter } of parts) {
    if (caption) add(contents, "p", caption, { class: "book-part" });
    for (const name of chapter) {
      const address = new URL(`${name}.html`, root);
      const text = await (await fetch(address)).text();
      const read = new DOMParser().parseFromString(text, "text/html");
      const article = read.querySelector("article.bd-article");
      if (!article) throw new Error(`${address} has no article`);
      document.adoptNode(article);
      article.className = "book-page";
      article.querySelectorAll("script, noscript, .headerlink, .download-notebook").forEach((part) => part.remove());
      article.querySelectorAll("details.hide").forEach((part) => part.remove()); // how a figure was drawn
      article.querySelectorAll("details").forEach((part) => (part.open = true));
      article.querySelectorAll("img[loading]").forEach((part) => part.removeAttribute("loading"));
      const links = /** @type {NodeListOf<HTMLAnchorElement>} */ (article.querySelectorAll("a[href]"));
      // Addresses were relative to their page; ids were a page's own.
      for (const part of article.querySelectorAll("[id]")) part.id = `${prefix(name)}--${part.id}`;
      for (const part of article.querySelectorAll("[src]"))
        part.setAttribute("src", new URL(part.getAttribute("src") ?? "", address).href);
      for (const link of links) {
        const to = new URL(link.getAttribute("href") ?? "", address);
        const page = names.find((other) => new URL(`${other}.html`, root).pathname === to.pathname);
        if (page) link.href = to.hash ? `#${prefix(page)}--${to.hash.slice(1)}` : `#${prefix(page)}`;
        else if (to.origin === location.origin) link.replaceWith(...link.childNodes); // not in the book
      }
      article.id = prefix(name);
      const heading = article.querySelector("h1")?.textContent ?? name;
      const line = add(contents, "p", "", { class: "book-line" });
      add(line, "a", heading, { href: `#${article.id}` });
      add(line, "span", "000", { "data-page-of": article.id });
      pages.push({ id: article.id, title: heading.trim() });
      book.append(article);
    }
  }
  document.title = title;
  document.body.replaceChildren(book);
  await keepTypefaces();
  await Promise.all(
    [...document.images].map((image) =>
      image.decode().catch(() => {
        throw new Error(`${image.src} could not be shown`);
      }),
    ),
  );
  return pages;
}

// Chromium loads the faces of style sheets again when it sets the styles for paper. It does not wait for them: on a busy
// machine text was printed in another face, or not at all. Faces that a script has given to the page stay.
async function keepTypefaces() {
  for (const sheet of document.styleSheets) {
    for (let i = sheet.cssRules.length - 1; i >= 0; i -= 1) {
      const rule = sheet.cssRules[i];
      if (!(rule instanceof CSSFontFaceRule)) continue;
      sheet.deleteRule(i);
      const address = rule.style.getPropertyValue("src").match(/url\("([^"]+)"\)/)?.[1];
      if (!address) continue; // the reader's own, shown until ours is there
      const file = await fetch(new URL(address, sheet.href ?? document.baseURI));
      if (!file.ok) throw new Error(`${file.url} could not be loaded`);
      const { fontFamily: family, fontWeight: weight, fontStyle: style } = rule.style;
      const face = new FontFace(family.replaceAll('"', ""), await file.arrayBuffer(), { weight, style });
      document.fonts.add(await face.load());
    }
  }
}
