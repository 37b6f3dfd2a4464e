import { createHash } from "node:crypto";
import { readFile, stat } from "node:fs/promises";
import { extname, join, normalize, sep } from "node:path";
import { promisify } from "node:util";
import { gzip } from "node:zlib";

const compress = promisify(gzip);

/** A built app: its files, under the paths where its pages live. */
export interface StaticApp {
  /** `/ops`: this and everything below belongs to the app. */
  readonly prefix: string;
  readonly folder: string;
}

const types: Readonly<Record<string, string>> = {
  ".css": "text/css; charset=utf-8",
  ".html": "text/html; charset=utf-8",
  ".ico": "image/x-icon",
  ".js": "text/javascript; charset=utf-8",
  ".json": "application/json",
  ".map": "application/json",
  ".mjs": "text/javascript; charset=utf-8",
  ".png": "image/png",
  ".svg": "image/svg+xml",
  ".txt": "text/plain; charset=utf-8",
  ".wasm": "application/wasm",
  ".webmanifest": "application/manifest+json",
  ".webp": "image/webp",
  ".woff2": "font/woff2",
};
const compressible = /^(?:text|application\/(?:json|manifest)|image\/svg)/;
const compressFromBytes = 1_024;

/** Scripts come from us alone; the design system needs inline styles, the map blobs for its workers and images. */
const pagePolicy = [
  "default-src 'self'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data: blob:",
  "font-src 'self' data:",
  "worker-src 'self' blob:",
  "connect-src 'self'",
  "object-src 'none'",
  "base-uri 'self'",
  "form-action 'self'",
  "frame-ancestors 'none'",
].join("; ");

const pageSafety: Readonly<Record<string, string>> = {
  "x-content-type-options": "nosniff",
  "referrer-policy": "same-origin",
  "cross-origin-opener-policy": "same-origin",
};

/** Whoever came by https once comes by nothing else for a year (RFC 6797). */
const httpsOnly = { "strict-transport-security": "max-age=31536000" };

interface Loaded {
  readonly etag: string;
  readonly type: string;
  readonly plain: Uint8Array<ArrayBuffer>;
  readonly zipped: Uint8Array<ArrayBuffer> | null;
  readonly changedMs: number;
}

/**
 * Serves built apps from their folders: a file where there is one, else the app's page, so that links into an app work.
 * The bare address leads to the first of them. Answers null for what is not theirs.
 */
export function staticApps(
  apps: readonly StaticApp[],
  publicUrl: string,
): (request: Request) => Promise<Response | null> {
  const safety = publicUrl.startsWith("https:") ? { ...pageSafety, ...httpsOnly } : pageSafety;
  const cache = new Map<string, Loaded>();
  const longestFirst = [...apps].sort((a, b) => b.prefix.length - a.prefix.length);
  return async (request) => {
    if (request.method !== "GET" && request.method !== "HEAD") return null;
    const { pathname } = new URL(request.url);
    const app = longestFirst.find(
      ({ prefix }) => pathname === prefix || pathname.startsWith(`${prefix === "/" ? "" : prefix}/`),
    );
    if (!app) return pathname === "/" && apps[0] ? ledTo(`${apps[0].prefix}/`) : null;
    const path = decoded(pathname.slice(app.prefix === "/" ? 0 : app.prefix.length));
    if (path === null) return null;
    const file = await load(join(app.folder, path), { app, cache });
    if (file) return answer(request, { file, path, safety });
    if (extname(path) !== "") return null;
    const page = await load(join(app.folder, "index.html"), { app, cache });
    return page ? answer(request, { file: page, path: "/index.html", safety }) : null;
  };
}

function ledTo(location: string): Response {
  return new Response(null, { status: 302, headers: { location, "cache-control": "no-store" } });
}

function decoded(path: string): string | null {
  try {
    const plain = normalize(decodeURIComponent(path || "/"));
    return plain.includes("\0") ? null : plain;
  } catch {
    return null;
  }
}

async function load(
  file: string,
  { app, cache }: { app: StaticApp; cache: Map<string, Loaded> },
): Promise<Loaded | null> {
  if (!file.startsWith(normalize(app.folder).replace(/\/?$/, sep))) return null;
  const found = await stat(file).catch(() => null);
  if (!found?.isFile()) return null;
  const kept = cache.get(file);
  if (kept && kept.changedMs === found.mtimeMs && kept.plain.length === found.size) return kept;
  const plain = new Uint8Array(await readFile(file));
  const type = types[extname(file)] ?? "application/octet-stream";
  const worth = compressible.test(type) && plain.length >= compressFromBytes;
  const zipped = worth ? new Uint8Array(await compress(plain)) : null;
  const etag = `"${createHash("sha256").update(plain).digest("base64url").slice(0, 22)}"`;
  const loaded = { etag, type, plain, zipped, changedMs: found.mtimeMs };
  cache.set(file, loaded);
  return loaded;
}

interface Answered {
  readonly file: Loaded;
  readonly path: string;
  readonly safety: Readonly<Record<string, string>>;
}

function answer(request: Request, { file, path, safety }: Answered): Response {
  // Vite names what is in `assets` after its content; everything else is asked for again.
  const lasting = path.startsWith("/assets/");
  const headers: Record<string, string> = {
    ...safety,
    etag: file.etag,
    vary: "accept-encoding",
    "cache-control": lasting ? "public, max-age=31536000, immutable" : "no-cache",
    ...(file.type.startsWith("text/html") ? { "content-security-policy": pagePolicy } : {}),
  };
  if (request.headers.get("if-none-match") === file.etag) return new Response(null, { status: 304, headers });
  const zipped = /\bgzip\b/.test(request.headers.get("accept-encoding") ?? "") ? file.zipped : null;
  if (zipped) headers["content-encoding"] = "gzip";
  headers["content-type"] = file.type;
  return new Response(request.method === "HEAD" ? null : (zipped ?? file.plain), { headers });
}
