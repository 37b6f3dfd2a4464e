/// <reference lib="dom" />
import { test as plain } from "@playwright/test";
import type { Page } from "@playwright/test";
import { buildCrowd } from "./crowd.ts";
import { foundOrganization, type Login, type Organization } from "./organization.ts";
import { Stage } from "./stage.node.ts";
import { buildTown, type Town } from "./town.ts";

/** As many robots as mission control has to stay smooth with. */
export const crowdSize = 2_000;

interface WorkerParts {
  readonly stage: Stage;
  /** Robots and deliveries in every state. */
  readonly town: Town;
  /** An organization without robots. */
  readonly empty: Organization;
  /** Very many robots. */
  readonly crowd: Organization;
}

interface TestParts {
  /**
   * Whether the browser can draw the map. Software that stands in for a graphics card is dear, so only those tests have
   * it that are about the map; to the others the page says what it says wherever there is no WebGL.
   */
  readonly drawsMap: boolean;
  /** Opens mission control as somebody; `address` is what stands behind `/ops`. */
  readonly openOps: (login: Login, address?: string) => Promise<void>;
}

export const test = plain.extend<TestParts, WorkerParts>({
  stage: [
    async ({ browserName }, use) => {
      await using stage = await Stage.open();
      if (browserName !== "chromium") throw new Error(`screens are looked at in chromium, not in ${browserName}`);
      await use(stage);
    },
    { scope: "worker", timeout: 180_000 },
  ],
  town: [async ({ stage }, use) => use(await buildTown(stage)), { scope: "worker", timeout: 60_000 }],
  empty: [async ({ stage }, use) => use(await foundOrganization(stage, "Empty Fleet")), { scope: "worker" }],
  crowd: [
    async ({ stage }, use) => use(await buildCrowd(stage, { name: "Crowd", robots: crowdSize })),
    { scope: "worker" },
  ],
  drawsMap: [false, { option: true }],
  context: async ({ context, drawsMap }, use) => {
    if (!drawsMap) await context.addInitScript(takeWebGl);
    await use(context);
  },
  openOps: async ({ page, stage }, use) => {
    await use(async (login, address = "") => {
      await signIn(page, stage.url, login);
      await page.goto(`${stage.url}/ops${address}`);
    });
  },
});

/** In the page: a browser without WebGL. */
function takeWebGl(): void {
  const canvas = HTMLCanvasElement.prototype;
  const given: unknown = Reflect.get(canvas, "getContext");
  Reflect.set(canvas, "getContext", function (this: HTMLCanvasElement, ...args: unknown[]) {
    const isDrawnByCard = String(args[0]).startsWith("webgl");
    return isDrawnByCard || typeof given !== "function" ? null : Reflect.apply(given, this, args);
  });
}

/** Signs the page's browser in, as the form would. */
export async function signIn(page: Page, url: string, login: Login): Promise<void> {
  const answer = await page.request.post(`${url}/v1/session`, { data: login });
  if (!answer.ok()) throw new Error(`signing in as ${login.email} was answered with ${answer.status()}`);
}
