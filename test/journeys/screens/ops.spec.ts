import { text } from "node:stream/consumers";
import { systemClock } from "@kerbside/proto/base/clock.system";
import { expect, type Page } from "@playwright/test";
import { wear } from "./looks.ts";
import { test } from "./stage.fixture.ts";

test.describe("one selection", () => {
  test("is in the address: it survives a reload, and Back undoes it", async ({ page, openOps, town }) => {
    const { driving, charging } = town.robots;
    await openOps(town.organization.logins.ops);
    await row(page, driving.name).click();
    await row(page, charging.name).click();
    await expect(heading(page, charging.name)).toBeVisible();
    expect(page.url()).toContain(`robot=${charging.robot_id}`);

    await page.reload();
    await expect(heading(page, charging.name)).toBeVisible();
    await expect(row(page, charging.name)).toHaveAttribute("aria-selected", "true");
    await page.goBack();

    await expect(heading(page, driving.name)).toBeVisible();
    await page.goBack();
    await expect(page.getByRole("complementary")).toBeHidden();
  });

  test("leads from a robot to its delivery and back", async ({ page, openOps, town }) => {
    await openOps(town.organization.logins.ops, `?robot=${town.robots.driving.robot_id}`);

    await page.getByRole("button", { name: /^Nauryz Kitchen to / }).click();
    await expect(page.getByText("order-enroute_to_dropoff-0")).toBeVisible();
    await page.getByRole("complementary").getByRole("button", { name: town.robots.driving.name }).click();

    await expect(heading(page, town.robots.driving.name)).toBeVisible();
  });

  test("of what is not there says so", async ({ page, openOps, town }) => {
    await openOps(town.organization.logins.ops, "?robot=00000000-0000-4000-8000-000000000000");

    await expect(page.getByText("There is no robot with this id in your organization.")).toBeVisible();
  });
});

test.describe("lists", () => {
  test("are searched, counted and narrowed by what needs a look", async ({ page, openOps, town }) => {
    await openOps(town.organization.logins.ops);
    await expect(page.getByRole("option")).toHaveCount(12);

    await page.getByRole("button", { name: /^Need a look/ }).click();
    await expect(page.getByRole("option")).toHaveCount(3);
    await page.getByRole("searchbox").fill("nobody");

    await page.getByRole("button", { name: "Show all" }).click();
    await expect(page.getByRole("option")).toHaveCount(12);
  });

  test("are given as a table of what is shown, and of nothing else", async ({ page, openOps, town }) => {
    await openOps(town.organization.logins.ops);
    await expect(page.getByRole("option")).toHaveCount(12);
    await page.getByRole("button", { name: /^Not connected/ }).click();
    await expect(page.getByRole("option")).toHaveCount(3);

    const asked = page.waitForEvent("download");
    await page.getByRole("button", { name: "Download these robots as CSV" }).click();
    const file = await asked;

    expect(file.suggestedFilename()).toBe("robots.csv");
    const lines = (await text(await file.createReadStream())).trimEnd().split("\r\n");
    expect(lines.map((line) => line.split(",")[1])).toEqual(["name", "Altyn 10", "Bulak 12", "Esil 9"]);
  });

  test("are walked through by keys; Enter selects, and never presses what appears", async ({ page, openOps, town }) => {
    await openOps(town.organization.logins.ops);
    await row(page, "Alma 2").waitFor();
    await page.getByRole("searchbox").focus();
    for (let press = 0; press < 6; press += 1) await page.keyboard.press("Tab");
    await expect(page.getByRole("listbox", { name: "Robots" })).toBeFocused();

    await page.keyboard.press("End");
    await page.keyboard.press("Enter");
    await expect(heading(page, "Zhuldyz 5")).toBeVisible();
    await page.getByRole("list", { name: "Latest commands" }).getByRole("listitem").first().waitFor();
    const before = await commandCount(page);
    await page.keyboard.press("Enter");
    await page.keyboard.press("Enter");

    await expect(page.getByRole("listbox", { name: "Robots" })).toBeFocused();
    expect(await commandCount(page)).toBe(before);
    await page.keyboard.press("ArrowUp");
    await page.keyboard.press("Enter");
    await expect(heading(page, "Tulpar 1")).toBeVisible();
  });
});

test.describe("keys", () => {
  test("lead to the search from anywhere, and mean themselves where one types", async ({ page, openOps, town }) => {
    await openOps(town.organization.logins.ops);
    await row(page, "Alma 2").waitFor();

    await page.keyboard.press("/");
    await expect(page.getByRole("searchbox")).toBeFocused();
    await page.keyboard.type("a/b?");

    await expect(page.getByRole("searchbox")).toHaveValue("a/b?");
  });

  test("are told, and can be switched off for good", async ({ page, openOps, town }) => {
    await openOps(town.organization.logins.ops);
    await row(page, "Alma 2").waitFor();

    await page.keyboard.press("?");
    await page.getByRole("checkbox", { name: /are heard everywhere$/ }).uncheck();
    await page.reload();
    await row(page, "Alma 2").waitFor();
    await page.keyboard.press("/");

    await expect(page.getByRole("searchbox")).not.toBeFocused();
    await page.getByRole("button", { name: "Keys" }).click();
    await expect(page.getByText("Go through a list")).toBeVisible();
  });
});

test.describe("STOP", () => {
  test("is one press, without a question, and its life is told beside it", async ({ page, openOps, town }) => {
    await openOps(town.organization.logins.ops, `?robot=${town.robots.driving.robot_id}`);

    await page.getByRole("button", { name: "STOP", exact: true }).click();

    await expect(page.getByRole("status").getByText(/^Stop: (queued|sent|expired|of unknown outcome)$/)).toBeVisible();
  });

  test("stays where it is when the robot has stopped: a second press in haste lets nothing go", async ({
    page,
    openOps,
    town,
  }) => {
    await openOps(town.organization.logins.ops, `?robot=${town.robots.stopped.robot_id}`);

    await expect(page.getByRole("button", { name: "STOP", exact: true })).toBeEnabled();
    await page.getByRole("button", { name: "Release stop" }).click();

    await expect(page.getByText(/may drive on at once/)).toBeVisible();
    await expect(page.getByText("Nothing was ordered yet.")).toBeVisible();
  });

  for (const size of ["phone", "tablet", "desk"] as const) {
    test(`is large and apart from every other button on a ${size}`, async ({ page, openOps, town }) => {
      await wear(page, size);
      await openOps(town.organization.logins.ops, `?robot=${town.robots.idle.robot_id}`);
      const stop = await page.getByRole("button", { name: "STOP", exact: true }).boundingBox();
      const others = await page.getByRole("complementary").getByRole("button").all();
      const boxes = await Promise.all(others.map((other) => other.boundingBox()));
      if (!stop) throw new Error("STOP has no place on the page");

      expect(Math.min(stop.width / 2, stop.height)).toBeGreaterThanOrEqual(44);
      const near = boxes.filter((box) => box && box.y !== stop.y && gapBetween(box, stop) < 24);
      expect(near).toEqual([]);
    });
  }
});

test.describe("orders", () => {
  test("show how far their life has come, in words for each state", async ({ page, openOps, town }) => {
    await openOps(town.organization.logins.ops, `?robot=${town.robots.idle.robot_id}`);
    const commands = page.getByRole("list", { name: "Latest commands" });

    await expect(commands.getByText("queued")).toBeVisible();
    await expect(commands.getByText("received by the robot")).toBeVisible();
    await expect(commands.getByText("being carried out")).toBeVisible();
  });

  test("can be taken back before the robot has begun", async ({ page, openOps, town }) => {
    await openOps(town.organization.logins.ops, `?robot=${town.robots.charging.robot_id}`);
    const commands = page.getByRole("list", { name: "Latest commands" });

    await page.getByRole("button", { name: "Identify" }).click();
    await commands.getByRole("button", { name: "Take it back" }).click();

    await expect(commands.getByText("cancelled", { exact: true })).toBeVisible();
  });

  test("that cannot be given now say why, and do nothing", async ({ page, openOps, town }) => {
    await openOps(town.organization.logins.ops, `?robot=${town.robots.driving.robot_id}`);
    const open = page.getByRole("button", { name: "Open lid" });

    await expect(open).toHaveAttribute("aria-disabled", "true");
    await expect(open).toHaveAccessibleDescription("The robot is moving; its lid opens only while it stands.");
    await open.click({ force: true });

    await expect(page.getByText(/your name goes into the audit log/)).toBeHidden();
  });

  test("with a consequence ask first; the question takes no focus and no Enter", async ({ page, openOps, town }) => {
    await openOps(town.organization.logins.ops, `?robot=${town.robots.asleep.robot_id}`);
    const open = page.getByRole("button", { name: "Open lid" });
    await open.focus();

    await page.keyboard.press("Enter");
    await expect(page.getByText(/your name goes into the audit log/)).toBeVisible();
    await expect(open).toBeFocused();
    await page.keyboard.press("Enter");
    await expect(page.getByText(/your name goes into the audit log/)).toBeHidden();
    await expect(page.getByText("Nothing was ordered yet.")).toBeVisible();
    await open.click();
    await page.getByRole("button", { name: "Open now" }).click();

    await expect(page.getByRole("list", { name: "Latest commands" }).getByText("Open the lid")).toBeVisible();
  });

  test("that a role may not give say so", async ({ page, openOps, town }) => {
    await openOps(town.organization.logins.pilot, `?robot=${town.robots.idle.robot_id}`);

    await expect(page.getByRole("button", { name: "Open lid" })).toHaveAccessibleDescription(
      "Your role may not do this.",
    );
  });
});

test("without WebGL the map says so, and everything else works", async ({ page, openOps, town }) => {
  await openOps(town.organization.logins.ops);

  await expect(page.getByText("This browser cannot draw the map. Everything else works.")).toBeVisible();
  await row(page, town.robots.driving.name).click();
  await expect(heading(page, town.robots.driving.name)).toBeVisible();
});

test.describe("what is shown", () => {
  test("is called stale within the limit once a robot falls silent", async ({ page, openOps, stage, town }) => {
    const { robot_id, name } = town.robots.charging;
    await stage.rows("update robot_gateway.latest set at = $2, interval_ms = 1000 where robot_id = $1", [
      robot_id,
      systemClock.now(),
    ]);
    await openOps(town.organization.logins.ops);
    await expect(row(page, name)).not.toContainText("stale");

    await expect(row(page, name)).toContainText(/stale · \d+ s/, { timeout: 8_000 });
    await expect(row(page, town.robots.unseen.name)).toContainText("unknown");
  });
});

function row(page: Page, name: string) {
  return page.getByRole("option").filter({ has: page.getByText(name, { exact: true }) });
}

function heading(page: Page, name: string) {
  return page.getByRole("heading", { name, exact: true });
}

function commandCount(page: Page): Promise<number> {
  return page.getByRole("list", { name: "Latest commands" }).getByRole("listitem").count();
}

interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

function gapBetween(a: Box, b: Box): number {
  const across = Math.max(a.x - (b.x + b.width), b.x - (a.x + a.width), 0);
  const down = Math.max(a.y - (b.y + b.height), b.y - (a.y + a.height), 0);
  return Math.hypot(across, down);
}
