import { createWriteStream, mkdirSync } from "node:fs";
import { dirname } from "node:path";
import { parseConfig } from "@kerbside/cloud-host/config";
import { type Platform, startPlatform } from "@kerbside/cloud-host/platform.node";
import { openLog } from "@kerbside/cloud-kit/log";
import type { CloudAddress } from "@kerbside/robot-agent";
import type { CityOptions } from "./city-options.ts";

/** The city's cloud: the whole platform in this process, which can be stopped and started while the city goes on. */
export class CityCloud implements AsyncDisposable {
  readonly #options: CityOptions;
  readonly #ports: { readonly http: number; readonly mqtt: number };
  #platform: Platform | null;

  private constructor(options: CityOptions, platform: Platform) {
    this.#options = options;
    this.#platform = platform;
    this.#ports = { http: portOf(platform.url), mqtt: portOf(platform.mqttUrl) };
  }

  static async start(options: CityOptions): Promise<CityCloud> {
    return new CityCloud(options, await start(options, { http: options.port, mqtt: options.mqttPort }));
  }

  get platform(): Platform {
    if (!this.#platform) throw new Error("the city's cloud is stopped");
    return this.#platform;
  }

  get address(): CloudAddress {
    const { url, mqttUrl } = this.platform;
    return { httpUrl: url, mqttUrl };
  }

  /** Ends in order, as a deployment does; whoever is out there finds nobody. */
  async stop(): Promise<void> {
    const platform = this.#platform;
    this.#platform = null;
    await platform?.[Symbol.asyncDispose]();
  }

  /** On the same ports and data as before. */
  async startAgain(): Promise<void> {
    this.#platform = await start(this.#options, this.#ports);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }
}

function start(options: CityOptions, ports: { readonly http: number; readonly mqtt: number }): Promise<Platform> {
  const { dataDir, logLevel, logFile, speedUp, apps, onProgress } = options;
  const config = parseConfig({
    KERBSIDE_DATA: dataDir,
    PORT: String(ports.http),
    MQTT_PORT: String(ports.mqtt),
    LOG_LEVEL: logLevel,
  });
  if (logFile !== null) mkdirSync(dirname(logFile), { recursive: true });
  const destination = logFile === null ? undefined : createWriteStream(logFile, { flags: "a", mode: 0o600 });
  const log = openLog(logLevel, destination);
  return startPlatform({
    config,
    log,
    apps,
    settings: { dispatch: hurriedRules(speedUp), integrations: { webhooksToLoopback: true } },
    onProgress,
  });
}

/** Dispatch expects what the city does: robots and people that are so many times faster. */
function hurriedRules(speedUp: number) {
  const hurried = (p50: number, p90: number) => ({ p50_s: p50 / speedUp, p90_s: p90 / speedUp });
  return {
    speed_factor: speedUp,
    load: hurried(75, 240),
    unload: hurried(90, 300),
    unknown_pickup: hurried(1_200, 2_700),
    cycle_s: 2_100 / speedUp,
  };
}

function portOf(url: string): number {
  return Number(new URL(url).port);
}
