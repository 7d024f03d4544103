/** What axe, the checker of accessibility, says of a page. */
import AxeBuilder from '@axe-core/playwright';
import type { Page } from '@playwright/test';

/** What axe complains about, each with the elements it means. */
export function complaintsOf(page: Page): Promise<string[]> {
  return analyze(page, (builder) => builder);
}

/** What axe complains about in the colours of texts. */
export function contrastComplaintsOf(page: Page): Promise<string[]> {
  return analyze(page, (builder) => builder.withRules('color-contrast'));
}

async function analyze(page: Page, restrict: (builder: AxeBuilder) => AxeBuilder): Promise<string[]> {
  // What has only just appeared begins to move with the next frame, and colours that are still changing have no contrast.
  await page.evaluate(
    () => new Promise<void>((resolve) => requestAnimationFrame(() => requestAnimationFrame(() => resolve()))),
  );
  await page.waitForFunction(() =>
    document.getAnimations().every((animation) => {
      const { iterations } = animation.effect?.getComputedTiming() ?? {};
      return animation.playState !== 'running' || iterations === Infinity;
    }),
  );
  // The legacy mode asks for no second page, which Electron has none of.
  const { violations } = await restrict(new AxeBuilder({ page }).setLegacyMode(true)).analyze();
  return violations.flatMap(({ id, help, nodes }) =>
    nodes.map(({ target, failureSummary }) => `${id}: ${help}: ${target.join(' ')}: ${failureSummary ?? ''}`),
  );
}
