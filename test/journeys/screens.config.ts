import { defineConfig } from "@playwright/test";
import journeys from "./playwright.config.ts";

/** Every screen at every size and look, its keyboard and its pace: minutes long, so a command of its own. */
export default defineConfig(journeys, { testMatch: "screens/**/*.spec.ts" });
