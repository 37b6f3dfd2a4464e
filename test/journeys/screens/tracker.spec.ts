import { custodyChanged } from "@kerbside/proto/events/robots";
import { expect, type Page } from "@playwright/test";
import { wear } from "./looks.ts";
import { test } from "./stage.fixture.ts";
import type { Stage } from "./stage.node.ts";
import type { Town } from "./town.ts";

test.beforeEach(({ page }) => wear(page, "phone"));

test.describe("the button opens", () => {
  test("when it is held, and not when it is touched", async ({ page, stage, town }) => {
    const arrived = await arrivedRobot(page, town, 20);
    await arrived.button.hover();

    await page.mouse.down();
    await page.mouse.up();
    await expect(page.getByText("Press once more to open.")).toBeVisible();
    expect(await openings(stage, arrived.deliveryId)).toBe(0);
    await expect(page.getByText("Press once more to open.")).toBeVisible();
    await page.reload();
    await arrived.button.hover();
    await page.mouse.down();
    await expect(
      page.getByText(/^(Asking the robot to open|Waiting for the robot’s answer|Waiting for the robot's answer)$/),
    ).toBeVisible();
    await page.mouse.up();

    expect(await openings(stage, arrived.deliveryId)).toBe(1);
    await expect(arrived.button).toHaveAttribute("aria-disabled", "true");
    await expect(page.getByText("The robot is opening already.")).toBeVisible();
  });

  test("when a key is pressed twice, and once only however long it is held", async ({ page, stage, town }) => {
    const arrived = await arrivedRobot(page, town, 21);
    await arrived.button.focus();

    await page.keyboard.press("Enter");
    await expect(page.getByText("Press once more to open.")).toBeVisible();
    await page.keyboard.press("Enter");

    await expect(page.getByText("The robot is opening already.")).toBeVisible();
    expect(await openings(stage, arrived.deliveryId)).toBe(1);
  });

  test("when a screen reader clicks it twice", async ({ page, stage, town }) => {
    const arrived = await arrivedRobot(page, town, 22);

    await arrived.button.dispatchEvent("click");
    await expect(page.getByText("Press once more to open.")).toBeVisible();
    await arrived.button.dispatchEvent("click");

    await expect(page.getByText("The robot is opening already.")).toBeVisible();
    expect(await openings(stage, arrived.deliveryId)).toBe(1);
  });
});

test("a link that only shows has neither a button nor digits", async ({ page, town }) => {
  await page.goto(town.viewLink);
  await expect(page.getByText("Only the person who ordered can open the robot.")).toBeVisible();

  await expect(page.getByRole("button", { name: /open/ })).toHaveCount(0);
  await expect(page.locator(".pin")).toHaveCount(0);
  await expect(page.getByRole("button", { name: "Let somebody else watch" })).toHaveCount(0);
});

test("a link for somebody else to watch is made on the page", async ({ page, town }) => {
  await page.goto(town.links.driving);

  await page.getByRole("button", { name: "Let somebody else watch" }).click();
  const link = await page.getByLabel(/can watch, but not open/).inputValue();
  await page.goto("about:blank");
  await page.goto(link);

  await expect(page.getByRole("heading", { level: 1 })).toHaveText("Tulpar 1 is on its way to you");
  await expect(page.locator(".pin")).toHaveCount(0);
});

test("the six digits stay on the page when the network goes", async ({ page, context, stage, town }) => {
  const arrived = await arrivedRobot(page, town, 23);
  const digits = await page.locator(".pin-digits").innerText();

  await context.setOffline(true);
  await arrived.button.focus();
  await page.keyboard.press("Enter");
  await page.keyboard.press("Enter");
  await expect(page.getByRole("alert")).toContainText("The six digits below open it, too.");
  expect(await page.locator(".pin-digits").innerText()).toBe(digits);
  expect(await openings(stage, arrived.deliveryId)).toBe(0);
  await context.setOffline(false);
  await page.keyboard.press("Enter");
  await page.keyboard.press("Enter");

  await expect(page.getByText("The robot is opening already.")).toBeVisible();
  await expect(page.getByRole("alert")).toHaveCount(0);
});

test("a link opens in the browser of somebody who is signed in to mission control, too", async ({
  page,
  openOps,
  town,
}) => {
  await openOps(town.organization.logins.ops);

  await page.goto(town.links.driving);

  await expect(page.getByRole("heading", { name: /is on its way to you/ })).toBeVisible();
});

test("a robot that fell silent is not said to be where it was", async ({ page, stage, town }) => {
  const { robot_id } = town.robots.driving;
  await stage.rows("update robot_gateway.latest set at = $2 where robot_id = $1", [robot_id, Date.now()]);
  await page.goto(town.links.driving);
  await expect(page.getByText(/^Where the robot (is now|was .+ ago)\.$/)).toBeVisible();

  await stage.rows("update robot_gateway.latest set at = $2 where robot_id = $1", [robot_id, Date.now() - 300_000]);

  await expect(page.getByText("The robot was here 5 min ago. It may be somewhere else by now")).toBeVisible();
});

test("after the handover the page shows neither digits nor map", async ({ page, stage, town }) => {
  const { deliveryId, robotId, attemptId } = await arrivedRobot(page, town, 24);
  await expect(page.getByRole("figure")).toBeVisible();

  await stage.tell("robot_gateway", custodyChanged, [
    {
      subject_id: robotId,
      organization_id: town.organization.id,
      event_time: new Date().toISOString(),
      actor: { kind: "robot", id: robotId },
      body: {
        robot_id: robotId,
        delivery_id: deliveryId,
        attempt_id: attemptId,
        fencing_token: 1,
        compartment: 0,
        from: "robot",
        to: "customer",
        cycle_id: crypto.randomUUID(),
        place: null,
      },
    },
  ]);

  await expect(page.getByRole("heading", { level: 1 })).toHaveText("Delivered", { timeout: 10_000 });
  await expect(page.getByRole("figure")).toHaveCount(0);
  await expect(page.locator(".pin")).toHaveCount(0);
});

test("a link that was revoked shows nothing any more", async ({ page, town }) => {
  const arrived = await arrivedRobot(page, town, 25);

  await town.orders.revokeLinks(arrived.deliveryId);

  await expect(page.getByRole("heading", { name: "This link does not work" })).toBeVisible({ timeout: 15_000 });
  await expect(page.locator(".pin")).toHaveCount(0);
});

/** A delivery of its own for a test, whose robot stands at the door, and its customer's page. */
async function arrivedRobot(page: Page, town: Town, doorIndex: number) {
  const robot = { ...town.robots.idle, robot_id: crypto.randomUUID(), name: `Robot ${doorIndex}` };
  const { delivery_id } = await town.orders.place(1, doorIndex, `door-${doorIndex}`);
  const delivery = await town.orders.bring(await town.orders.find(delivery_id), robot, "arrived_at_dropoff");
  await page.goto(delivery.tracking_url ?? "");
  const button = page.getByRole("button", { name: "Hold to open" });
  await expect(button).toHaveAttribute("aria-disabled", "false");
  return { button, deliveryId: delivery_id, robotId: robot.robot_id, attemptId: delivery.attempt_id ?? "" };
}

async function openings(stage: Stage, deliveryId: string): Promise<number> {
  return (await stage.rows("select 1 from deliveries.unlock where delivery_id = $1", [deliveryId])).length;
}

test.describe("the map", () => {
  test.use({ drawsMap: true });

  test("of a page that is opened in the dark is dark from the beginning", async ({ page, town }) => {
    await page.emulateMedia({ colorScheme: "dark" });
    const styles: string[] = [];
    page.on("request", (request) => styles.push(...(/style\/\w+/.exec(request.url()) ?? [])));

    await page.goto(town.links.driving);

    await expect.poll(() => styles).toEqual(["style/dark"]);
  });
});
