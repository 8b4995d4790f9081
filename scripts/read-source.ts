/**
 * What a source file reaches for: its imports in every form, and the global names that it uses. Parsed, not searched: comments and
 * texts do not count, and a parameter called `fetch` is no use of the network. Pure.
 */
import { parseSync } from "oxc-parser";

/** One import or re-export, of whatever form. */
export interface Import {
  readonly specifier: string;
  /** The names that it brings in as values; `*` for all of the module, nothing for types. */
  readonly values: readonly string[];
  readonly line: number;
}

/** One use of a name that the file does not declare, with the members read from it: `Date.now`, `crypto.subtle.digest`. */
export interface GlobalUse {
  readonly name: string;
  readonly line: number;
}

export interface Source {
  readonly imports: readonly Import[];
  readonly globals: readonly GlobalUse[];
  /** The lines of `export * from …`. */
  readonly starExports: readonly number[];
}

interface Node {
  readonly type: string;
  readonly start: number;
  readonly [member: string]: unknown;
}

/** Reads a source text. `path` tells TypeScript from JSX; throws a SyntaxError where the text is neither. */
export function readSource(path: string, text: string): Source {
  const { program, module, errors } = parseSync(path, text);
  const [error] = errors;
  if (error !== undefined) throw new SyntaxError(`${path}: ${error.message}`);
  const lineOf = (offset: number): number => text.slice(0, offset).split("\n").length;

  const imports: Import[] = [];
  for (const { moduleRequest, entries, start } of module.staticImports) {
    const values = entries
      .filter(({ isType }) => !isType)
      .map(({ importName }) => (importName.kind === "Name" ? (importName.name ?? "") : "*"));
    imports.push({ specifier: moduleRequest.value, values, line: lineOf(start) });
  }
  const starExports: number[] = [];
  for (const { entries } of module.staticExports) {
    for (const { moduleRequest, importName, exportName, isType, start } of entries) {
      if (moduleRequest === null) continue;
      const value = importName.kind === "Name" ? (importName.name ?? "") : "*";
      const values = isType ? [] : [value];
      imports.push({ specifier: moduleRequest.value, values, line: lineOf(start) });
      if (exportName.kind === "None") starExports.push(lineOf(start));
    }
  }
  const globals: GlobalUse[] = [];
  new Reader({
    onImport: (specifier, node, values) =>
      imports.push({ specifier, values, line: lineOf(node.start) }),
    onGlobal: (name, node) => globals.push({ name, line: lineOf(node.start) }),
  }).read(program as unknown as Node);
  return { imports, globals, starExports };
}

interface Listener {
  onImport(specifier: string, node: Node, values: readonly string[]): void;
  onGlobal(name: string, node: Node): void;
}

/** Objects that hold every other global. */
const holders = new Set(["globalThis", "window", "self", "global"]);

/** Members that hold types, labels or names of members and no use of a variable. */
const unread = new Set([
  "typeAnnotation",
  "returnType",
  "typeParameters",
  "typeArguments",
  "superTypeArguments",
  "implements",
  "label",
]);

/** What surrounds an expression with a type and leaves it an expression. */
const typedExpressions = new Set([
  "TSAsExpression",
  "TSInstantiationExpression",
  "TSNonNullExpression",
  "TSSatisfiesExpression",
  "TSTypeAssertion",
]);

const functions = new Set(["ArrowFunctionExpression", "FunctionDeclaration", "FunctionExpression"]);

/** Walks a syntax tree with the names that are declared around each node. */
class Reader {
  readonly #listener: Listener;
  /** The declared names, innermost last. */
  readonly #scopes: Set<string>[] = [];

  constructor(listener: Listener) {
    this.#listener = listener;
  }

  read(program: Node): void {
    this.#within(namesDeclaredIn(program.body), () => this.#visitMembers(program));
  }

  #within(names: Iterable<string>, visit: () => void): void {
    this.#scopes.push(new Set(names));
    visit();
    this.#scopes.pop();
  }

  #isDeclared(name: string): boolean {
    return this.#scopes.some((scope) => scope.has(name));
  }

  #visit(node: Node): void {
    if (node.type.startsWith("TS") && !typedExpressions.has(node.type)) {
      if (node.type === "TSImportType") this.#noteImport(node.source, node, []);
      this.#visitTypes(node);
      return;
    }
    if (node.declare === true || node.type === "ImportDeclaration") return;
    if (functions.has(node.type)) return this.#visitFunction(node);
    switch (node.type) {
      case "MetaProperty":
        return;
      case "Identifier":
        return this.#noteGlobal(node, []);
      case "MemberExpression":
        return this.#visitMember(node);
      case "NewExpression":
      case "CallExpression":
        return this.#visitCall(node);
      case "ImportExpression":
        this.#noteImport(node.source, node, ["*"]);
        return this.#visitMembers(node);
      case "ExportNamedDeclaration":
      case "ExportAllDeclaration":
        return isNode(node.declaration) ? this.#visit(node.declaration) : undefined;
      case "BlockStatement":
      case "StaticBlock":
        return this.#within(namesDeclaredIn(node.body), () => this.#visitMembers(node));
      case "SwitchStatement": {
        const statements = nodesOf(node.cases).flatMap(({ consequent }) => nodesOf(consequent));
        return this.#within(namesDeclaredIn(statements), () => this.#visitMembers(node));
      }
      case "CatchClause":
        return this.#within(namesOf(node.param), () => this.#visitMembers(node));
      case "ForStatement":
        return this.#within(namesDeclaredIn([node.init]), () => this.#visitMembers(node));
      case "ForInStatement":
      case "ForOfStatement":
        return this.#within(namesDeclaredIn([node.left]), () => this.#visitMembers(node));
      case "ClassExpression":
        return this.#within(namesOf(node.id), () => this.#visitMembers(node));
      default:
        return this.#visitMembers(node);
    }
  }

  #visitFunction(node: Node): void {
    const names = [
      "arguments",
      ...namesOf(node.type === "FunctionExpression" ? node.id : undefined),
      ...nodesOf(node.params).flatMap((parameter) => [...namesOf(parameter)]),
    ];
    this.#within(names, () => this.#visitMembers(node));
  }

  #visitMembers(node: Node): void {
    for (const [member, value] of Object.entries(node)) {
      if (unread.has(member)) this.#eachNode(value, (below) => this.#visitTypes(below));
      else if (member !== "key" || node.computed === true)
        this.#eachNode(value, (below) => this.#visit(below));
    }
  }

  /** Types use no variable, but may import. */
  #visitTypes(node: Node): void {
    for (const value of Object.values(node)) {
      this.#eachNode(value, (below) => {
        if (below.type === "TSImportType") this.#noteImport(below.source, below, []);
        this.#visitTypes(below);
      });
    }
  }

  #eachNode(value: unknown, visit: (node: Node) => void): void {
    for (const one of Array.isArray(value) ? value : [value]) if (isNode(one)) visit(one);
  }

  #visitMember(node: Node): void {
    const path: string[] = [];
    let root: unknown = node;
    while (isNode(root) && root.type === "MemberExpression") {
      const name = memberName(root);
      // What is read from a member that is computed cannot be told.
      if (name === undefined) path.length = 0;
      else path.unshift(name);
      if (root.computed === true && isNode(root.property)) this.#visit(root.property);
      root = withoutTypes(root.object);
    }
    if (!isNode(root)) return;
    if (root.type === "Identifier") this.#noteGlobal(root, path);
    else this.#visit(root);
  }

  #visitCall(node: Node): void {
    const callee = withoutTypes(node.callee);
    const isDate = isNode(callee) && callee.type === "Identifier" && callee.name === "Date";
    if (isDate && !this.#isDeclared("Date")) {
      // The time that is given is a value; the time that is asked for is a clock.
      const asks = node.type === "CallExpression" || nodesOf(node.arguments).length === 0;
      this.#listener.onGlobal(asks ? "Date()" : "Date", node);
      this.#eachNode(node.arguments, (below) => this.#visit(below));
      return;
    }
    const [url] = nodesOf(node.arguments);
    if (isNode(callee) && callee.name === "URL" && url !== undefined && isRelative(url.value)) {
      // new URL("./worker.ts", import.meta.url): how workers and files are named.
      this.#noteImport(url, node, ["*"]);
    }
    this.#visitMembers(node);
  }

  #noteImport(source: unknown, node: Node, values: readonly string[]): void {
    const specifier = isNode(source) ? source.value : undefined;
    this.#listener.onImport(typeof specifier === "string" ? specifier : "(computed)", node, values);
  }

  #noteGlobal(root: Node, path: readonly string[]): void {
    const name = String(root.name);
    if (this.#isDeclared(name)) return;
    const names = [name, ...path];
    while (names.length > 1 && holders.has(names[0] ?? "")) names.shift();
    this.#listener.onGlobal(names.join("."), root);
  }
}

/** The names that these statements declare for their block. What is `declare`d exists elsewhere and is declared by nobody. */
function* namesDeclaredIn(statements: unknown): Generator<string> {
  for (const statement of nodesOf(statements)) {
    if (statement.declare === true) continue;
    switch (statement.type) {
      case "ImportDeclaration":
        for (const { local } of nodesOf(statement.specifiers)) yield* namesOf(local);
        break;
      case "VariableDeclaration":
        for (const { id } of nodesOf(statement.declarations)) yield* namesOf(id);
        break;
      case "ClassDeclaration":
      case "FunctionDeclaration":
        yield* namesOf(statement.id);
        break;
      case "ExportNamedDeclaration":
      case "ExportDefaultDeclaration":
        yield* namesDeclaredIn([statement.declaration]);
        break;
      default:
    }
  }
}

/** The names that a pattern binds. */
function* namesOf(pattern: unknown): Generator<string> {
  if (!isNode(pattern)) return;
  switch (pattern.type) {
    case "Identifier":
      yield String(pattern.name);
      break;
    case "ObjectPattern":
      for (const { type, value, argument } of nodesOf(pattern.properties)) {
        yield* namesOf(type === "RestElement" ? argument : value);
      }
      break;
    case "ArrayPattern":
      for (const element of nodesOf(pattern.elements)) yield* namesOf(element);
      break;
    case "AssignmentPattern":
      yield* namesOf(pattern.left);
      break;
    case "RestElement":
      yield* namesOf(pattern.argument);
      break;
    default:
  }
}

/** The name of the member that is read: `a.b`, `a["b"]`; undefined where it is computed. */
function memberName({ computed, property }: Node): string | undefined {
  if (!isNode(property)) return undefined;
  if (computed !== true) return String(property.name);
  return typeof property.value === "string" ? property.value : undefined;
}

function withoutTypes(node: unknown): unknown {
  return isNode(node) &&
    (typedExpressions.has(node.type) ||
      node.type === "ParenthesizedExpression" ||
      node.type === "ChainExpression")
    ? withoutTypes(node.expression)
    : node;
}

function isRelative(value: unknown): boolean {
  return typeof value === "string" && /^\.\.?\/.*\.[jt]sx?$/.test(value);
}

function nodesOf(value: unknown): Node[] {
  return Array.isArray(value) ? value.filter(isNode) : [];
}

function isNode(value: unknown): value is Node {
  return (
    typeof value === "object" && value !== null && "type" in value && typeof value.type === "string"
  );
}
