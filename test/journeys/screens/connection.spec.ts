import { expect } from "@playwright/test";
import { Connections } from "./connections.node.ts";
import { signIn, test } from "./stage.fixture.ts";

test("two tabs share two live connections, and both are live", async ({ context, stage, town }) => {
  await using between = await Connections.to(stage.url);
  const tabs = [await context.newPage(), await context.newPage()];
  for (const tab of tabs) {
    await signIn(tab, between.url, town.organization.logins.ops);
    await tab.goto(`${between.url}/ops`);
    await tab.getByRole("option").first().waitFor();
  }
  const { robot_id } = town.robots.asleep;

  await stage.rows("update robot_gateway.latest set battery_pct = 51 where robot_id = $1", [robot_id]);
  for (const tab of tabs) await expect(tab.getByRole("option", { name: /^Bulak 12/ })).toContainText("51 %");
  await stage.rows("update robot_gateway.latest set battery_pct = 50 where robot_id = $1", [robot_id]);
  for (const tab of tabs) await expect(tab.getByRole("option", { name: /^Bulak 12/ })).toContainText("50 %");

  expect([...between.shapes].sort()).toEqual(["deliveries", "fleet-live"]);
  expect(between.most).toBeLessThanOrEqual(2);
});

test("a session that ended elsewhere leads back to the sign-in", async ({ page, openOps, stage, town }) => {
  const { mechanic } = town.organization.logins;
  await openOps(mechanic);
  await page.getByRole("option").first().waitFor();
  await stage.rows(
    "delete from accounts.session where user_id = (select user_id from accounts.user_account where email = $1)",
    [mechanic.email],
  );

  // What is asked for already is still answered; the next question is refused.
  await stage.rows("update robot_gateway.latest set battery_pct = 61 where robot_id = $1", [
    town.robots.asleep.robot_id,
  ]);

  await expect(page.getByRole("button", { name: "Sign in" })).toBeVisible({ timeout: 10_000 });
});

test("a server that goes away is said to be away, and what it knew meanwhile comes back with it", async ({
  page,
  openOps,
  stage,
  town,
}) => {
  const { robot_id, name } = town.robots.asleep;
  await openOps(town.organization.logins.ops, `?robot=${robot_id}`);
  await expect(page.getByRole("heading", { name })).toBeVisible();
  const banner = page.getByRole("status").filter({ hasText: /^No connection/ });

  await stage.stop();

  await expect(banner).toContainText(/^No connection\. What you see is .+ old; it catches up by itself\.$/);
  await expect(page.getByRole("option")).toHaveCount(12);
  await page.getByRole("button", { name: "Identify" }).click();
  await expect(page.getByRole("alert").filter({ hasText: "No connection to the server." }).first()).toBeVisible();

  await stage.start();
  await stage.rows("update robot_gateway.latest set battery_pct = 33 where robot_id = $1", [robot_id]);

  await expect(page.getByRole("option", { name: /^Bulak 12/ })).toContainText("33 %", { timeout: 20_000 });
  await expect(banner).toBeHidden();
});
