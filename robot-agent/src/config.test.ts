import { expect, test } from "vitest";
import { exampleCloudUrl, helpText, readConfig } from "./config.ts";

const needed = ["--cloud", exampleCloudUrl, "--data", "./r1"];

function problemsOf(flags: readonly string[]): readonly string[] {
  const asked = readConfig(flags, {});
  return asked.type === "wrong" ? asked.problems : [];
}

test("a cloud and a folder are enough: the body is simulated and the broker stands beside the cloud", () => {
  expect(readConfig(needed, {})).toEqual({
    type: "run",
    config: {
      cloudUrl: exampleCloudUrl,
      mqttUrl: "mqtt://127.0.0.1:1883",
      claimCode: null,
      claimFile: null,
      dataDir: "./r1",
      body: "sim",
      lid: "sim",
      gnss: "sim",
      place: { lat: 51.1282, lng: 71.4307 },
      diagnostics: null,
    },
  });
});

test("a flag goes before the environment", () => {
  const environment = {
    KERBSIDE_CLOUD_URL: "http://elsewhere:1",
    KERBSIDE_CLAIM_CODE: "ABCD",
    KERBSIDE_GNSS: "tcp:g:1",
  };

  expect(readConfig(needed, environment)).toMatchObject({
    config: { cloudUrl: exampleCloudUrl, claimCode: "ABCD", gnss: "tcp:g:1" },
  });
});

test("devices and ports are read", () => {
  const flags = [
    "--lid",
    "serial:/dev/ttyUSB0",
    "--body",
    "unix:/run/body",
    "--diagnostics",
    "0.0.0.0:8090",
    "--at=-33.4,-70.6",
  ];

  expect(readConfig([...needed, ...flags], {})).toMatchObject({
    config: {
      lid: "/dev/ttyUSB0",
      body: "unix:/run/body",
      diagnostics: { host: "0.0.0.0", port: 8090 },
      place: { lat: -33.4, lng: -70.6 },
    },
  });
});

test.each([
  [["--cloud", "ftp://x"], "--cloud ftp://x is no http:// or https:// address"],
  [["--mqtt", "127.0.0.1"], "--mqtt 127.0.0.1 is no mqtt:// or mqtts:// address"],
  [["--lid", "usb"], "--lid usb is neither sim nor serial:/dev/… nor tcp:host:port"],
  [["--gnss", "serial:"], "--gnss serial: is neither"],
  [["--body", "http://x", "--lid", "tcp:l:1"], "--body http://x is neither sim"],
  [["--at", "91,0"], "--at 91,0 is no lat,lng"],
  [["--at", "here"], "--at here is no lat,lng"],
  [["--diagnostics", "99999"], "--diagnostics 99999 is no port"],
  [["--claim", "a", "--claim-file", "b"], "--claim and --claim-file: give one"],
  [["--body", "tcp:127.0.0.1:1"], "--lid sim has nobody to open it"],
  [["--colour", "red"], "--colour"],
])("%s is refused with a sentence that names it", (flags, sentence) => {
  expect(problemsOf([...needed, ...flags])).toEqual([expect.stringContaining(sentence)]);
});

test("all that is wrong is told at once", () => {
  expect(problemsOf(["--lid", "x", "--gnss", "y"])).toHaveLength(4);
});

test("help shows every flag and examples, and asks for nothing", () => {
  expect(readConfig(["--help"], {})).toEqual({ type: "help" });
  for (const flag of ["--cloud", "--data", "--claim", "--diagnostics", "serial:/dev/ttyUSB0"]) {
    expect(helpText).toContain(flag);
  }
});
