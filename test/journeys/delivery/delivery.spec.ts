import { deliveryRoutes } from "@kerbside/proto/routes/deliveries";
import type { RunningCity } from "@kerbside/sim/start-city.node";
import { type Browser, type Page, expect as plainExpect, test } from "@playwright/test";
import { openCity } from "./city.node.ts";
import { loadGoods, takeGoods, unlatched } from "./customer.ts";
import { type Errand, shortErrands } from "./errands.ts";
import { Pictures } from "./pictures.node.ts";
import { Receiver, subscribe } from "./receiver.node.ts";
import { uberClient } from "./uber.ts";
import { Watch } from "./watch.ts";

/** The README's pictures are of a city with more going on. */
const isForPictures = process.env["UPDATE_IMAGES"] === "1";
const driveMs = 60_000;
/** Screens follow what happens, each step within this even on a busy machine. */
const expect = plainExpect.configure({ timeout: 20_000 });

test.setTimeout(180_000);

test("an order of Uber's own client is loaded, driven, opened by the customer's page and delivered", async ({
  browser,
}, info) => {
  await using stack = new AsyncDisposableStack();
  const pictures = new Pictures(info, isForPictures);
  // The store waits until somebody looks, so that nothing is over before its page is open.
  const present = { merchants: isForPictures, customers: false };
  const city = await openCity({ robots: isForPictures ? 9 : 3, present }, stack);
  const receiver = await Receiver.open(stack);
  const key = await subscribe(city, receiver.url);
  const uber = await uberClient(city, stack);
  const ops = await open(browser, { width: 1_280, height: 800 }, stack);
  await signIn(ops, city);
  if (isForPictures) for (let count = 0; count < 6; count += 1) await city.traffic.order();
  const errand = errandFor(city);

  const request = orderFor(errand);
  const quote = await uber.createQuote(request);
  const created = await uber.createDelivery({ ...request, quote_id: quote.id, external_id: "NE-1001" });
  const watch = new Watch(city, await deliveryIdOf(city, "NE-1001"));

  await test.step("mission control shows the delivery and its robot", async () => {
    await ops
      .getByRole("radiogroup")
      .getByText(/^Deliveries/)
      .click();
    await ops.getByRole("option").filter({ hasText: errand.home.address.text }).click();
    await expect(ops.getByText("NE-1001")).toBeVisible();
    await watch.reaches("enroute_to_pickup", 20_000);
    const { name } = await watch.robot();
    await ops.getByRole("button", { name, exact: true }).click();
    await expect(ops.getByRole("heading", { name })).toBeVisible();
    await expect(ops.getByText(/^(on the way to|at) the store$/).first()).toBeVisible();
  });
  const robot = await watch.robot();

  const phone = await open(browser, { width: 390, height: 844 }, stack);
  await test.step("the customer's page says what happens", async () => {
    await phone.goto(created.tracking_url);
    const heading = phone.getByRole("heading", { level: 1 });
    const { merchant_name } = await watch.delivery();
    await expect(heading).toHaveText(new RegExp(`^${robot.name} is (on its way to ${merchant_name}|being loaded)$`));
    await expect(phone.getByText(/^(Arrives|Running late: (arrives|it was expected by)) \d{1,2}:\d\d/)).toBeVisible();
    await pictures.take(ops, "mission-control");
    if (!isForPictures) await loadGoods(robot, await loadCodeOf(city, watch.deliveryId));
    await expect(ops.getByText(/^\d+\.\d m\/s$/), "mission control shows that the robot moves").toBeVisible();
    await watch.reaches("picked_up", driveMs);
    await expect(heading).toHaveText(new RegExp(`^${robot.name} is (on its way to you|here)$`));
    await expect(heading).toHaveText(`${robot.name} is here`, { timeout: driveMs });
  });

  await test.step("holding its button opens the lid, and the goods change hands", async () => {
    const button = phone.getByRole("button", { name: "Hold to open" });
    await expect(button).toHaveAttribute("aria-disabled", "false");
    await pictures.take(phone, "tracker");
    await hold(phone, () => unlatched(robot.body));
    await takeGoods(robot);
    await expect(phone.getByRole("heading", { level: 1 })).toHaveText("Delivered");
    await pictures.take(phone, "tracker-delivered");
  });

  await watch.expectDelivered(robot);
  await test.step("the partner was told all of it, in order and signed", async () => {
    const told = () => receiver.messages.map(({ data }) => data.status);
    const message = "statuses that the partner was told";
    await expect.poll(told, { message, timeout: 15_000 }).toContain("delivered");
    const messages = receiver.messages.filter(({ delivery_id }) => delivery_id === created.id);
    expect(receiver.isSignedBy(key)).toBe(true);
    expect(messages.map((one) => one.created)).toEqual(messages.map((one) => one.created).toSorted());
    expect([...new Set(messages.map(({ status }) => status))]).toEqual([
      "pending",
      "pickup",
      "pickup_complete",
      "dropoff",
      "delivered",
    ]);
    expect(new Set(messages.map(({ id }) => id)).size).toBe(messages.length);
    expect(await uber.getDelivery(created.id)).toMatchObject({ status: "delivered", complete: true });
  });
});

function errandFor(city: RunningCity): Errand {
  const [errand] = shortErrands(city.ground);
  if (!errand) throw new RangeError("this city has no hub");
  return errand;
}

function orderFor({ store, home }: Errand) {
  return {
    external_store_id: store.externalId,
    pickup_name: store.name,
    pickup_address: store.address.text,
    pickup_phone_number: store.phone,
    dropoff_name: "Aigerim",
    dropoff_address: home.address.text,
    dropoff_latitude: home.address.place.lat,
    dropoff_longitude: home.address.place.lng,
    dropoff_phone_number: "+77011234567",
    manifest_items: [{ name: "Soup", quantity: 2, size: "small" as const, price: 150_000 }],
  };
}

async function deliveryIdOf(city: RunningCity, external_id: string): Promise<string> {
  const { items } = await city.platform.client("deliveries", deliveryRoutes).listDeliveries({ query: { external_id } });
  const [delivery] = items;
  if (!delivery) throw new Error(`no delivery has the partner's id ${external_id}`);
  return delivery.delivery_id;
}

/** As the store's tablet shows it. */
async function loadCodeOf({ platform }: RunningCity, delivery_id: string): Promise<string> {
  const { code } = await platform.client("deliveries", deliveryRoutes).getLoadCode({ params: { delivery_id } });
  return code;
}

async function open(
  browser: Browser,
  viewport: { readonly width: number; readonly height: number },
  stack: AsyncDisposableStack,
): Promise<Page> {
  const context = stack.use(await browser.newContext({ viewport, timezoneId: "Asia/Almaty" }));
  const page = await context.newPage();
  page.setDefaultTimeout(20_000);
  return page;
}

async function signIn(page: Page, { url, people }: RunningCity): Promise<void> {
  const login = people.find(({ role }) => role === "ops");
  if (!login) throw new Error("nobody of this city works in operations");
  await page.goto(`${url}/ops/`);
  await page.getByLabel("E-mail").fill(login.email);
  await page.getByRole("textbox", { name: "Password" }).fill(login.password);
  await page.getByRole("button", { name: "Sign in" }).click();
  await expect(page.getByRole("radiogroup").getByText(/^Robots \d/)).toBeVisible();
}

async function hold(page: Page, until: () => Promise<void>): Promise<void> {
  await page.getByRole("button", { name: "Hold to open" }).hover();
  await page.mouse.down();
  await until();
  await page.mouse.up();
}
