import "../look/mantine.css";
import "../look/tokens.css";
import { MantineProvider } from "@mantine/core";
import { StrictMode, type ReactNode } from "react";
import { createRoot } from "react-dom/client";
import { theme } from "../look/theme.ts";
import { Rescue } from "./rescue.tsx";

/** Shows a page in the element `root`: theme in light and dark, and a way out when the page itself fails. */
export function showPage(page: ReactNode): void {
  const root = document.getElementById("root");
  if (!root) throw new Error("index.html has no element with the id `root`");
  createRoot(root).render(
    <StrictMode>
      <MantineProvider theme={theme} defaultColorScheme="auto">
        <Rescue>{page}</Rescue>
      </MantineProvider>
    </StrictMode>,
  );
}
