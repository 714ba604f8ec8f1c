import { luaSubject } from "./contract/lua-subject.ts";
import { contractSuite } from "./contract/suite.ts";
import { typescriptSubject } from "./contract/typescript-subject.ts";

contractSuite(typescriptSubject);
contractSuite(luaSubject);
