import { showPage } from "@kerbside/apps-kit/page/page.tsx";
import { Tracker } from "./tracker.tsx";

showPage(<Tracker />);
