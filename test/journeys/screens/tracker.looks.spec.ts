/// <reference lib="dom" />
import { expect, type Page } from "@playwright/test";
import { lookAt, wear } from "./looks.ts";
import { test } from "./stage.fixture.ts";

const sentences = [
  ["waiting", "Samsa & Co has your order"],
  ["driving", "Tulpar 1 is on its way to you"],
  ["atDoor", "Alma 2 is here"],
  ["returning", "Your order is going back to the store"],
  ["delivered", "Delivered"],
  ["cancelled", "This delivery was cancelled"],
] as const;

test.use({ drawsMap: true });

for (const [role, sentence] of sentences) {
  test(`the page of a delivery that is ${role}`, async ({ page, town }) => {
    await wear(page, "phone");
    await page.goto(town.links[role]);

    await expect(page.getByRole("heading", { level: 1 })).toHaveText(sentence);
    await lookAt(page, role, role === "atDoor" ? undefined : ["phone"]);
  });
}

test("a link that only shows", async ({ page, town }) => {
  await page.goto(town.viewLink);

  await expect(page.getByText("Only the person who ordered can open the robot.")).toBeVisible();
  await lookAt(page, "view-only", ["phone"]);
});

test("a link that nobody gave", async ({ page, stage }) => {
  await page.goto(`${stage.url}/t#trk_${"x".repeat(43)}`);

  await expect(page.getByRole("heading", { name: "This link does not work" })).toBeVisible();
  await lookAt(page, "refused", ["phone"]);
});

test("on a phone the words come before the map", async ({ page, town }) => {
  await wear(page, "phone");
  await page.goto(town.links.driving);
  await expect(page.getByRole("figure")).toBeVisible();

  const order = await inOrder(page, ["h1", ".tracker-window", ".steps", "figure"]);

  expect(order).toEqual(["h1", ".tracker-window", ".steps", "figure"]);
});

/** The selectors in the order of what they find on the page. */
function inOrder(page: Page, selectors: readonly string[]): Promise<string[]> {
  return page.evaluate((all) => {
    const top = (selector: string): number => document.querySelector(selector)?.getBoundingClientRect().top ?? 0;
    return [...all].sort((a, b) => top(a) - top(b));
  }, selectors);
}
