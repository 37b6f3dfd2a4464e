import { test as plain } from "@playwright/test";
import type { Page } from "@playwright/test";
import { buildCrowd } from "./crowd.ts";
import { foundOrganization, type Login, type Organization } from "./organization.ts";
import { Stage } from "./stage.node.ts";
import { buildTown, type Town } from "./town.ts";

interface WorkerParts {
  readonly stage: Stage;
  /** Robots and deliveries in every state. */
  readonly town: Town;
  /** An organization without robots. */
  readonly empty: Organization;
  /** 500 robots. */
  readonly crowd: Organization;
}

interface TestParts {
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
    async ({ stage }, use) => use(await buildCrowd(stage, { name: "Crowd of 500", robots: 500 })),
    { scope: "worker" },
  ],
  openOps: async ({ page, stage }, use) => {
    await use(async (login, address = "") => {
      await signIn(page, stage.url, login);
      await page.goto(`${stage.url}/ops${address}`);
    });
  },
});

/** Signs the page's browser in, as the form would. */
export async function signIn(page: Page, url: string, login: Login): Promise<void> {
  const answer = await page.request.post(`${url}/v1/session`, { data: login });
  if (!answer.ok()) throw new Error(`signing in as ${login.email} was answered with ${answer.status()}`);
}
