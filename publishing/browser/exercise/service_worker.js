/**
 * The service worker: without a network, it gives the pages what this browser has kept of the course.
 *
 * Pages register it twice, for `book/` and for the search page, because the full notebooks in `lite/` have a service
 * worker of their own, and take any other one for that. Both share what is kept. With a network every answer comes from
 * there, so that a new release is seen at once.
 * `publishing/assets/service_worker.py` puts the release and a digest of each of its files before this script. A file with
 * another digest is not kept: what is kept belongs to one release.
 */

const worker = /** @type {any} */ (self);
/** @type {{release: string, files: Record<string, string>}} */
const { release, files } = worker.course;
const root = new URL("./", location.href);
/** What the names of this course's caches begin with. Another course at the same host has its own. */
const PREFIX = `course:${root.pathname}:`;
const CACHE = PREFIX + release;
/** Stands in the cache of a reader to whom the whole course is given. */
const WHOLE = new URL("whole-course", root).href;
const AT_ONCE = 4; // files that are loaded at the same time

worker.addEventListener("install", (/** @type {any} */ event) => event.waitUntil(install()));
worker.addEventListener("activate", (/** @type {any} */ event) => event.waitUntil(activate()));
worker.addEventListener("message", (/** @type {any} */ event) => event.waitUntil(keepFor(event.data.keep, event.ports[0])));
worker.addEventListener("fetch", (/** @type {any} */ event) => {
  const { request } = event;
  const path = pathOf(request.url);
  if (!path || request.method !== "GET" || request.headers.has("range")) return;
  event.respondWith(answer(request, path));
});

/** The path of a file of this release, below the site's root; null if it is none. Some hosts leave `.html` out. @param {string} url */
function pathOf(url) {
  const { origin, pathname } = new URL(url);
  if (origin !== root.origin || !pathname.startsWith(root.pathname)) return null;
  const path = pathname.slice(root.pathname.length);
  return [path, `${path}.html`, `${path}index.html`].find((name) => Object.hasOwn(files, name)) ?? null;
}

/** @param {string} path */
const addressOf = (path) => new URL(path, root).href;

/** @param {Request} request @param {string} path */
async function answer(request, path) {
  const kept = () => caches.match(addressOf(path), { cacheName: CACHE });
  try {
    const fresh = await fetch(request);
    // A page that the host does not have any more is gone. Any other file may belong to a page that was opened before.
    if (fresh.ok || (request.mode === "navigate" && fresh.status < 500)) return fresh;
    return (await kept()) ?? fresh;
  } catch (error) {
    const found = await kept();
    if (found) return found;
    throw error;
  }
}

/**
 * Keep what a page asks for. It is told which release this is, and whether the whole course is kept then.
 * @param {string[] | "all"} asked addresses
 * @param {MessagePort} port
 */
async function keepFor(asked, port) {
  const cache = await caches.open(CACHE);
  if (asked === "all") await cache.put(WHOLE, new Response());
  const addresses = asked === "all" ? new Map() : new Map(asked.map((address) => [pathOf(address) ?? "", address]));
  const paths = Object.keys(files).filter((path) => asked === "all" || addresses.has(path));
  await keep(cache, paths, [], addresses).catch(() => {}); // there is no room, or the network is gone: a later visit goes on
  const whole = (await missing(cache, Object.keys(files))).length === 0;
  port.postMessage({ release, whole });
}

/** @param {Cache} cache @param {string[]} paths @returns {Promise<string[]>} those that are not kept */
async function missing(cache, paths) {
  const there = new Set((await cache.keys()).map(({ url }) => url));
  return paths.filter((path) => !there.has(addressOf(path)));
}

/**
 * @param {Cache} cache
 * @param {string[]} paths
 * @param {Cache[]} earlier releases, of which unchanged files are taken
 * @param {Map<string, string>} addresses at which a page has loaded them, where the browser's own cache has them
 */
async function keep(cache, paths, earlier = [], addresses = new Map()) {
  const waiting = await missing(cache, paths);
  const next = async () => {
    for (let path = waiting.shift(); path !== undefined; path = waiting.shift()) await cache.put(addressOf(path), await file(path, earlier, addresses.get(path)));
  };
  await Promise.all(Array.from({ length: AT_ONCE }, next));
}

/**
 * A file of this release: from an earlier one, from the browser's own cache, or else from the host.
 * @param {string} path
 * @param {Cache[]} earlier
 * @param {string} loaded at which address a page has loaded it
 */
async function file(path, earlier, loaded = addressOf(path)) {
  const address = addressOf(path);
  const sources = [...earlier.map((cache) => () => cache.match(address)), () => fetch(loaded), () => fetch(address, { cache: "reload" })];
  for (const source of sources) {
    const found = await source();
    if (!found?.ok) continue;
    const content = await found.arrayBuffer();
    if ((await digest(content)) !== files[path]) continue;
    const headers = new Headers(found.headers);
    for (const name of ["Content-Encoding", "Content-Length"]) headers.delete(name); // the content is unpacked
    return new Response(content, { headers });
  }
  throw new Error(`${address} is not the one of this release`);
}

/** @param {ArrayBuffer} content */
async function digest(content) {
  const bytes = new Uint8Array(await crypto.subtle.digest("SHA-256", content));
  return [...bytes.slice(0, 8)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

async function earlierCaches() {
  return (await caches.keys()).filter((name) => name.startsWith(PREFIX) && name !== CACHE);
}

/** Give a reader who has the whole course the whole of this release. Where that fails, the earlier release stays. */
async function install() {
  const earlier = await Promise.all((await earlierCaches()).map((name) => caches.open(name)));
  const wanted = await Promise.all(earlier.map((cache) => cache.match(WHOLE)));
  if (wanted.some(Boolean)) {
    const cache = await caches.open(CACHE);
    await cache.put(WHOLE, new Response());
    await keep(cache, Object.keys(files), earlier);
  }
  await worker.skipWaiting();
}

/** What is kept of earlier releases goes. */
async function activate() {
  for (const name of await earlierCaches()) await caches.delete(name);
  await worker.clients.claim();
}
