/**
 * Keeps the course for visits without a network: this page when it is opened, the rest when Python has started here.
 * The service worker (`service_worker.js`) does it. Where a browser refuses one, the page works as it does without.
 */

import { button, element } from "../shared/dom.js";

const HOUR = 3_600_000; // ms; how often an open page asks for a new release
/** Which pages the service worker answers, below the site's root. */
const SCOPES = ["book/", "search.html"];

/** @typedef {{release: string, whole: boolean}} Kept */

export class WithoutNetwork {
  /** What the page says about it: one line, below its buttons. */
  line = element("p", "runner-kept");
  /** Of the service worker, once there is one. @type {ServiceWorkerRegistration | null} */
  registration = null;
  /** Whether the rest is asked for, too. */
  all = false;

  /**
   * @param {string} address of the service worker
   * @param {string} release of this page
   */
  constructor(address, release) {
    this.release = release;
    this.line.setAttribute("role", "status");
    void this.register(address);
  }

  /** @param {string} address */
  async register(address) {
    try {
      const { serviceWorker } = navigator; // not there over plain http
      for (const scope of SCOPES) await serviceWorker.register(address, { scope: new URL(scope, address).href, updateViaCache: "none" });
      this.registration = await serviceWorker.ready;
      serviceWorker.addEventListener("controllerchange", () => this.keep(true));
    } catch {
      return; // a private window, or a setting that forbids it
    }
    this.keep();
    let asked = Date.now();
    document.addEventListener("visibilitychange", () => {
      if (document.hidden || Date.now() - asked < HOUR) return;
      asked = Date.now();
      this.registration?.update().catch(() => {}); // there is no network
    });
  }

  /** Keep the rest of the course too, unless the browser is to save data. */
  keepAll() {
    const { connection } = /** @type {Navigator & {connection?: {saveData: boolean}}} */ (navigator);
    if (this.all || connection?.saveData) return;
    this.all = true;
    this.keep();
  }

  /** @param {boolean} changed whether another service worker has taken over */
  keep(changed = false) {
    const channel = new MessageChannel();
    channel.port1.onmessage = ({ data }) => this.told(data, changed);
    this.registration?.active?.postMessage({ keep: this.all ? "all" : ofThisPage() }, [channel.port2]);
  }

  /** @param {Kept} kept @param {boolean} changed */
  told({ release, whole }, changed) {
    if (changed && release !== this.release) {
      this.line.replaceChildren(
        "A new version of the course is there. What you wrote is kept. ",
        button("Load the new version", () => location.reload()),
      );
    } else if (whole && !this.line.firstChild) this.line.append("This browser has the whole course now: it works without a network.");
  }
}

/** The addresses of this page and of what it has loaded. */
function ofThisPage() {
  return [location.href, ...performance.getEntriesByType("resource").map(({ name }) => name)].filter((address) => address.startsWith("http"));
}
