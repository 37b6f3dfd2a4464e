import { expect } from "@playwright/test";
import { lookAt, wear } from "./looks.ts";
import { test } from "./stage.fixture.ts";

test.use({ drawsMap: true });

test("signing in, and being refused", async ({ page, stage }) => {
  await page.goto(`${stage.url}/ops`);
  await page.getByLabel("E-mail").fill("nobody@kerbside.example");
  await page.getByRole("textbox", { name: "Password" }).fill("a-wrong-password");
  await page.getByRole("button", { name: "Sign in" }).click();

  await expect(page.getByRole("alert")).toHaveText("E-mail and password do not belong together.");
  await lookAt(page, "sign-in");
});

test("a fleet without robots says what will be there", async ({ page, openOps, empty }) => {
  await openOps(empty.logins.ops);

  await expect(page.getByText("A robot shows here as soon as it has been enrolled.")).toBeVisible();
  await lookAt(page, "empty", ["phone", "desk"]);
});

test("a robot with everything that can be said of one", async ({ page, openOps, town }) => {
  await openOps(town.organization.logins.ops, `?robot=${town.robots.idle.robot_id}`);

  await expect(page.getByRole("heading", { name: town.robots.idle.name })).toBeVisible();
  await expect(page.getByRole("list", { name: "Latest commands" }).getByRole("listitem")).toHaveCount(5);
  await expect(page.getByText("Mission completed")).toBeVisible();
  await lookAt(page, "robot");
});

test("a robot with a name that is too long, on its way back", async ({ page, openOps, town }) => {
  await openOps(town.organization.logins.ops, `?robot=${town.robots.returning.robot_id}`);

  await expect(page.getByRole("heading", { name: town.robots.returning.name })).toBeVisible();
  await expect(page.getByText("bringing goods back").first()).toBeVisible();
  await lookAt(page, "long-name", ["phone"]);
});

test("deliveries, with one that waits", async ({ page, openOps, town }) => {
  await openOps(town.organization.logins.ops, `?tab=deliveries&delivery=${town.deliveries.waiting}`);

  await expect(page.getByText("Why it waits")).toBeVisible();
  await lookAt(page, "delivery");
});

test("the map and the lists on a phone keep what is selected, and its STOP", async ({ page, openOps, town }) => {
  await wear(page, "phone");
  await openOps(town.organization.logins.ops, `?robot=${town.robots.driving.robot_id}&show=map`);
  await expect(page.getByRole("region", { name: /^Map/ })).toBeVisible();
  await lookAt(page, "phone-map", ["phone"]);

  await page.getByRole("navigation").getByText("List").click();

  await expect(page.getByRole("button", { name: "STOP", exact: true })).toBeVisible();
  await lookAt(page, "phone-list", ["phone"]);
});

test("a question before what cannot be taken back", async ({ page, openOps, town }) => {
  await openOps(town.organization.logins.ops, `?robot=${town.robots.idle.robot_id}`);

  await page.getByRole("button", { name: "Open lid" }).click();

  await expect(page.getByText(/your name goes into the audit log/)).toBeVisible();
  await lookAt(page, "question", ["phone", "desk"]);
});

test("the keys of the page", async ({ page, openOps, town }) => {
  await wear(page, "desk");
  await openOps(town.organization.logins.ops);
  await page.getByRole("button", { name: "Keys" }).click();

  await expect(page.getByText("Go through a list")).toBeVisible();
  await lookAt(page, "keys", ["tablet", "desk"]);
});

test("somebody who works for a store is told that this is not for them", async ({ page, openOps, town }) => {
  await openOps(town.organization.logins.merchant);

  await expect(page.getByRole("heading", { name: "Not for your role" })).toBeVisible();
  await lookAt(page, "not-for-you", ["phone"]);
});
