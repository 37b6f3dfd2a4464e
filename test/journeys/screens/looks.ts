/// <reference lib="dom" />
import { AxeBuilder } from "@axe-core/playwright";
import { expect, type Page, test } from "@playwright/test";

const sizes = {
  phone: { width: 360, height: 800 },
  tablet: { width: 768, height: 1_024 },
  desk: { width: 1_280, height: 800 },
} as const;
export type Size = keyof typeof sizes;
type Scheme = "light" | "dark";

/** The success criteria that a page has to meet: WCAG 2.2, A and AA. */
const criteria = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"];
/** `npm run screens` keeps a picture of every look. */
const keepsPictures = process.env["KEEP_PICTURES"] === "1";
/** A finger's width, in pixels of a phone. */
const targetPx = 44;

/** The page as somebody with this screen and these colours has it. Nothing moves for its own sake. */
export async function wear(page: Page, size: Size, scheme: Scheme = "light"): Promise<void> {
  await page.setViewportSize(sizes[size]);
  await page.emulateMedia({ colorScheme: scheme, reducedMotion: "reduce" });
}

/**
 * Looks at a page on a phone, a tablet and a desk, in light and in dark: nothing that a person with a disability could
 * not use, nothing that sticks out, and on a phone nothing too small for a finger.
 */
export async function lookAt(
  page: Page,
  name: string,
  chosen: readonly Size[] = ["phone", "tablet", "desk"],
): Promise<void> {
  for (const size of chosen) {
    for (const scheme of ["light", "dark"] as const) {
      await wear(page, size, scheme);
      await expect(page.locator("html")).toHaveAttribute("data-mantine-color-scheme", scheme);
      const look = `${name}-${size}-${scheme}`;
      if (keepsPictures) await page.screenshot({ path: test.info().outputPath(`${look}.png`) });
      const { violations } = await judge(page, scheme).analyze();
      expect.soft(violations.flatMap(told), `${look} breaks no rule of WCAG 2.2 AA`).toEqual([]);
      expect.soft(await widthBeyond(page), `${look} fits its screen`).toBe(0);
    }
    if (size === "phone") expect.soft(await narrowTargets(page), `${name} has targets for fingers`).toEqual([]);
  }
}

/** Of all rules only those about colour can come to another end in the dark. */
function judge(page: Page, scheme: Scheme): AxeBuilder {
  const axe = new AxeBuilder({ page });
  return scheme === "light" ? axe.withTags(criteria) : axe.withRules(["color-contrast", "link-in-text-block"]);
}

function told({ id, nodes }: { readonly id: string; readonly nodes: readonly { readonly html: string }[] }): string[] {
  return nodes.map(({ html }) => `${id}: ${html.slice(0, 200)}`);
}

function widthBeyond(page: Page): Promise<number> {
  return page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
}

/** Buttons and fields that are seen and lower or narrower than a finger. Links within a line of text may be. */
function narrowTargets(page: Page): Promise<string[]> {
  return page.evaluate((leastPx) => {
    const targets = [...document.querySelectorAll("button, input, [role=option], label")];
    return targets
      .filter((target) => target.checkVisibility({ visibilityProperty: true, opacityProperty: true }))
      .filter((target) => !target.matches("label:has(+ *), .kb-unseen, input[type=radio]"))
      .filter((target) => {
        const { width, height } = target.getBoundingClientRect();
        return width > 0 && (height < leastPx - 0.5 || width < leastPx - 0.5);
      })
      .map((target) => {
        const { width, height } = target.getBoundingClientRect();
        return `${target.outerHTML.slice(0, 120)} (${Math.round(width)}×${Math.round(height)})`;
      });
  }, targetPx);
}
