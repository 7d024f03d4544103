/** Where the user is: the route, kept in the address, and the packages that are open. */
import { SvelteMap } from 'svelte/reactivity';
import { keepPackages, keptPackages } from './open-packages.ts';
import { PackagePage } from './package-page.svelte.ts';
import { formatRoute, parseRoute, sameRoute, type Route } from './route.ts';

class Navigation {
  route = $state.raw<Route>({ view: 'library' });
  /** Open packages by path, in the order they were opened. */
  readonly packages = new SvelteMap<string, PackagePage>();
  /** True once the user went somewhere: then the new page's heading takes the focus. */
  moved = $state(false);

  start(): void {
    for (const path of keptPackages()) {
      const page = new PackagePage(path);
      this.packages.set(path, page);
      // What it is called; its manifest is read when the user goes there.
      void page.look();
    }
    addEventListener('hashchange', () => this.#enter(parseRoute(location.hash)));
    this.#enter(parseRoute(location.hash));
    this.moved = false;
  }

  go(route: Route): void {
    if (sameRoute(route, this.route)) return;
    location.hash = formatRoute(route);
    this.#enter(route);
  }

  /** Opens the page of a package, or goes to the one that is open. */
  openPackage(path: string): void {
    this.go({ view: 'package', path });
  }

  /** Puts a package among the open ones without going there. */
  openInBackground(path: string): void {
    if (!this.packages.has(path)) void this.#open(path).look();
  }

  /** Closes the page of a package; the check of its manifest, which nobody waits for then, is called off. */
  closePackage(path: string): void {
    void this.packages.get(path)?.cancelVerification();
    this.packages.delete(path);
    this.#keep();
    if (sameRoute(this.route, { view: 'package', path })) this.go({ view: 'library' });
  }

  /** Tries again what could not be read, when the reason may be gone. */
  reloadFailed(): void {
    for (const page of this.packages.values()) if (page.failure !== null) void page.load();
  }

  #enter(route: Route): void {
    if (sameRoute(route, this.route) && route.view !== 'package') return;
    if (route.view === 'package') {
      void this.#open(route.path).load();
    }
    if (sameRoute(route, this.route)) return;
    this.route = route;
    this.moved = true;
  }

  #open(path: string): PackagePage {
    const page = this.packages.get(path) ?? new PackagePage(path);
    this.packages.set(path, page);
    this.#keep();
    return page;
  }

  #keep(): void {
    keepPackages([...this.packages.keys()]);
  }
}

export const navigation = new Navigation();
