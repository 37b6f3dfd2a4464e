import { showPage } from "@kerbside/apps-kit/page/page.tsx";
import { Ops } from "./ops.tsx";

showPage(<Ops />);
