import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Page, TestInfo } from "@playwright/test";

const images = fileURLToPath(new URL("../../../docs/images/", import.meta.url));
/** Those that the README shows. */
const shown: readonly string[] = ["mission-control", "tracker"];

/** What the screens looked like on the way, kept with the run; the README's are written anew where that is wanted. */
export class Pictures {
  readonly #info: TestInfo;
  readonly #updatesImages: boolean;

  constructor(info: TestInfo, updatesImages: boolean) {
    this.#info = info;
    this.#updatesImages = updatesImages;
  }

  async take(page: Page, name: string): Promise<void> {
    const path = this.#info.outputPath(`${name}.png`);
    await page.screenshot({ path });
    await this.#info.attach(name, { path, contentType: "image/png" });
    if (!this.#updatesImages || !shown.includes(name)) return;
    await mkdir(images, { recursive: true });
    await page.screenshot({ path: join(images, `${name}.png`) });
  }
}
