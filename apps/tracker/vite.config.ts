import { appConfig } from "@kerbside/apps-kit/build/app.node.ts";

export default appConfig({ base: "/t/" });
