import { services } from "@kerbside/proto/contract";
import react from "@vitejs/plugin-react";
import type { Plugin, UserConfig } from "vite";

const prefix = "virtual:kerbside/routes/";

/**
 * Serves `virtual:kerbside/routes/{service}`: the methods and paths of a service's endpoints, read from the contract at
 * build time, so that a page has the typed client without the validators (4 kB instead of 90).
 */
function contractRoutes(): Plugin {
  return {
    name: "kerbside-contract-routes",
    resolveId: (id) => (id.startsWith(prefix) ? `\0${id}` : null),
    load: (id) => {
      if (!id.startsWith(`\0${prefix}`)) return null;
      const service = services[id.slice(prefix.length + 1)];
      if (!service) throw new Error(`no service ${id}; there are: ${Object.keys(services).join(", ")}`);
      const lean = Object.entries(service).map(([name, { method, path, reply }]) => [
        name,
        { method, path, reply: reply === null ? null : undefined },
      ]);
      return `export default ${JSON.stringify(Object.fromEntries(lean))};`;
    },
  };
}

/** The build of one of our pages, served below `base`. */
export function appConfig({ base }: { readonly base: `/${string}/` }): UserConfig {
  return {
    base,
    plugins: [react(), contractRoutes()],
    build: {
      target: "es2024",
      sourcemap: true,
      // The map is a chunk of its own, fetched when a map is shown.
      chunkSizeWarningLimit: 1_200,
    },
    worker: { format: "es" },
  };
}
