import * as z from "zod";

const Settings = z.object({
  /** Where the broker listens, `mqtt://host:1883` or `mqtts://host:8883`. */
  mqttUrl: z.url({ protocol: /^mqtts?$/ }),
  /** The service account that may read every robot's topics and write to them. */
  username: z.string().min(1),
  password: z.string().min(1),
});
export type Settings = z.infer<typeof Settings>;

export function readSettings(given: unknown): Settings {
  const read = Settings.safeParse(given ?? {});
  if (read.success) return read.data;
  const wrong = read.error.issues.map((issue) => `${issue.path.join(".")}: ${issue.message}`).join("; ");
  throw new Error(
    `settings of robot-gateway are wrong (${wrong}), e.g. { mqttUrl: "mqtt://127.0.0.1:1883", username: "robot-gateway", password: "…" }`,
  );
}
