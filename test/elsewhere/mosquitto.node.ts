import { type ChildProcess, execFileSync, spawn, spawnSync } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort } from "@kerbside/cloud-host/embedded/postgres.node";

/** Debian's Mosquitto as an operator sets it up: TLS on both doors, a password for our services, rights for robots. */
export interface Mosquitto extends AsyncDisposable {
  /** With the account of our services. */
  readonly servicesUrl: string;
  readonly robotsUrl: string;
  /** The certificate that clients have to trust. */
  readonly caFile: string;
}

export const isMosquittoMissing = ["mosquitto", "openssl"].some((program) => spawnSync(program, ["-h"]).error);

const password = "of our services";

export async function startMosquitto(): Promise<Mosquitto> {
  await using undo = new AsyncDisposableStack();
  const folder = await mkdtemp(join(tmpdir(), "kerbside-mosquitto-"));
  undo.defer(() => rm(folder, { recursive: true, force: true }));
  const [services, robots] = [await freePort(), await freePort()];
  certify(folder);
  execFileSync("mosquitto_passwd", ["-b", "-c", join(folder, "passwords"), "kerbside", password], { stdio: "ignore" });
  await writeFile(join(folder, "services.acl"), "user kerbside\ntopic readwrite kerbside/#\n");
  await writeFile(join(folder, "robots.acl"), robotRights.map((right) => `pattern ${right}\n`).join(""));
  const config = join(folder, "mosquitto.conf");
  await writeFile(config, configText(folder, { services, robots }));
  const child = spawn("mosquitto", ["-c", config], { stdio: "ignore" });
  undo.defer(() => ended(child));
  await Promise.all([services, robots].map((port) => listening(port)));
  const owned = undo.move();
  return {
    servicesUrl: `mqtts://kerbside:${encodeURIComponent(password)}@localhost:${services}`,
    robotsUrl: `mqtts://localhost:${robots}`,
    caFile: join(folder, "certificate.pem"),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

/** What docs/operating.md tells an operator to write down. */
const robotRights = [
  "write kerbside/v1/%u/up/+",
  "write kerbside/v1/%u/link",
  "read kerbside/v1/%u/ack/+",
  "read kerbside/v1/%u/command",
  "read kerbside/v1/%u/drive",
];

function configText(folder: string, { services, robots }: { readonly services: number; readonly robots: number }) {
  const tls = `certfile ${folder}/certificate.pem\nkeyfile ${folder}/key.pem`;
  return `user root
per_listener_settings true
persistence false

listener ${services} 127.0.0.1
${tls}
allow_anonymous false
password_file ${folder}/passwords
acl_file ${folder}/services.acl
set_tcp_nodelay true

listener ${robots} 127.0.0.1
${tls}
allow_anonymous true
use_username_as_clientid true
acl_file ${folder}/robots.acl
set_tcp_nodelay true
`;
}

function certify(folder: string): void {
  const key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", `${folder}/key.pem`];
  const name = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"];
  const flags = ["req", "-x509", ...key, "-out", `${folder}/certificate.pem`, "-days", "2", ...name];
  execFileSync("openssl", flags, { stdio: "ignore" });
}

async function listening(port: number): Promise<void> {
  const giveUpAtMs = Date.now() + 10_000;
  while (!(await accepts(port))) {
    if (Date.now() > giveUpAtMs) throw new Error(`Mosquitto does not listen on ${port}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => resolve(false));
  });
}

function ended(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    if (child.exitCode !== null) return resolve();
    child.once("exit", () => resolve());
    child.kill();
  });
}
