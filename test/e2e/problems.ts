/** Whether a page is well: when it is ready, and what a healthy one never says, such as errors and violations of its policy. */
import type { BrowserContext, Page } from '@playwright/test';

/** Has every page of the context report violations of the content security policy on its console. */
export async function reportViolations(context: BrowserContext): Promise<void> {
  await context.addInitScript(() => {
    addEventListener('securitypolicyviolation', ({ violatedDirective, blockedURI }) => {
      console.error(`content security policy: ${violatedDirective} ${blockedURI}`);
    });
  });
}

/** Adds to `problems` what goes wrong on the page from now on. */
export function collectProblems(page: Page, problems: string[]): void {
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') {
      problems.push(`${message.type()}: ${message.text()} (${message.location().url})`);
    }
  });
  page.on('pageerror', (error) => problems.push(`uncaught: ${error.stack ?? error.message}`));
}

/** Waits until the window is drawn: nobody drops anything into it before. */
export async function waitForWindow(page: Page): Promise<void> {
  await page.getByRole('main').getByRole('heading', { level: 1 }).waitFor();
}
