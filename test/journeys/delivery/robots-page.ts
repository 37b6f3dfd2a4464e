/// <reference lib="dom" />
import { AxeBuilder } from "@axe-core/playwright";
import { type Browser, expect } from "@playwright/test";

const criteria = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"];

/** A technician reads a robot's own page on a phone, in the sun and at night, and types on its keypad meanwhile. */
export async function readRobotsPage(browser: Browser, url: string): Promise<void> {
  await using context = await browser.newContext({ viewport: { width: 360, height: 740 } });
  const page = await context.newPage();
  await page.goto(url);
  await expect(page.getByRole("heading", { name: "Lid" })).toBeVisible();
  await page.getByLabel("Code").fill("12");
  const asOf = page.getByText(/^As of /);
  const before = await asOf.textContent();
  for (const colorScheme of ["light", "dark"] as const) {
    await page.emulateMedia({ colorScheme });
    const { violations } = await new AxeBuilder({ page }).withTags(criteria).analyze();
    expect(violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${colorScheme} ${id}: ${html}`))).toEqual([]);
  }
  const beyondPx = await page.evaluate(() => {
    const { scrollWidth, clientWidth } = document.documentElement;
    return scrollWidth - clientWidth;
  });
  expect(beyondPx, "the page fits a phone").toBe(0);
  await expect(asOf, "the page keeps itself up to date").not.toHaveText(before ?? "", { timeout: 15_000 });
  await expect(page.getByLabel("Code"), "and leaves alone what somebody types").toHaveValue("12");
}
