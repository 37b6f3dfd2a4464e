import { expect, test } from "vitest";
import { readFlags } from "./flags.ts";

function read(args: readonly string[], environment: Readonly<Record<string, string>> = {}) {
  const files: Readonly<Record<string, string>> = { "key.pem": "KEY", "cert.pem": "CERT" };
  return readFlags(args, {
    environment,
    read(path) {
      const text = files[path];
      if (text === undefined) throw new Error(`no such file: ${path}`);
      return text;
    },
  });
}

const database = "postgres://user:password@db/app";

test("flags and Electric's variables say the same; a flag wins", () => {
  const byVariables = read(["--port", "4000"], {
    DATABASE_URL: database,
    ELECTRIC_SECRET: "s3",
    ELECTRIC_STORAGE_DIR: "/data",
    ELECTRIC_PORT: "3000",
    ELECTRIC_LONG_POLL_TIMEOUT: "2000",
    ELECTRIC_SHAPE_CHUNK_BYTES_THRESHOLD: "10000",
    ELECTRIC_CACHE_MAX_AGE: "1",
    ELECTRIC_CACHE_STALE_AGE: "3",
    ELECTRIC_MAX_SHAPES: "50",
    ELECTRIC_ENABLE_INTEGRATION_TESTING: "true",
    ELECTRIC_INSECURE: "false",
  });
  const byFlags = read(
    `--database-url ${database} --secret s3 --storage /data --port 4000 --long-poll-ms 2000 --chunk-bytes 10000
    --cache-max-age 1 --cache-stale-age 3 --shapes-max 50 --allow-delete`.split(/\s+/),
  );

  expect(byVariables).toEqual(byFlags);
  expect(byFlags).toMatchObject({
    type: "run",
    options: {
      databaseUrl: database,
      storageDir: "/data",
      listen: { port: 4_000, host: "127.0.0.1" },
      longPollMs: 2_000,
      chunkBytes: 10_000,
      caching: { maxAgeS: 1, staleAgeS: 3 },
      shapesMax: 50,
      allowDelete: true,
      secret: "s3",
    },
  });
});

test.each([
  [[], "--database-url is missing"],
  [["--database-url", database], "--secret is missing"],
  [["--database-url", "http://db", "--insecure"], "a postgres:// address is needed"],
  [["--database-url", database, "--insecure", "--port", "70000"], "a whole number from 0 to 65535 is needed"],
  [["--database-url", database, "--insecure", "--slot", "A-b"], "small letters, digits and underscores"],
  [["--long-poll-ms", "45000"], "a whole number from 1 to 40000 is needed"],
  [["--chunk-bytes", "1e9"], "a whole number from 1000 to"],
  [["--tls-key", "absent.pem"], "no such file: absent.pem"],
  [["--database-url", database, "--insecure", "--tls-key", "key.pem"], "--tls-key and --tls-cert belong together"],
  [["--colour"], "unknown option '--colour'"],
  [["more"], "too many arguments"],
])("%j is refused with what is allowed", (args, problem) => {
  const asked = read(args);

  expect(asked).toMatchObject({ type: "wrong", problem: expect.stringContaining(problem) });
});

test("with a key and a certificate it speaks TLS", () => {
  const asked = read(["--database-url", database, "--insecure", "--tls-key", "key.pem", "--tls-cert", "cert.pem"]);

  expect(asked).toMatchObject({ options: { listen: { tls: { key: "KEY", cert: "CERT" } } } });
});

test("help shows examples first", () => {
  const asked = read(["--help"]);

  expect(asked).toMatchObject({ type: "help", text: expect.stringMatching(/^Examples:/) });
});
