// Compiles the contracts: node compile-contracts.js NODE_MODULES SOURCE_DIR OUTPUT_DIR
// Writes NAME.abi and NAME.bin for each contract defined in SOURCE_DIR. Imports are read from NODE_MODULES only.
"use strict";
const fs = require("node:fs");
const path = require("node:path");

const [nodeModules, sourceDir, outputDir] = process.argv.slice(2);
const solc = require(path.join(nodeModules, "solc"));

const own = fs.readdirSync(sourceDir).filter((file) => file.endsWith(".sol")).sort();
const input = {
  language: "Solidity",
  sources: Object.fromEntries(
    own.map((file) => [file, { content: fs.readFileSync(path.join(sourceDir, file), "utf8") }])),
  settings: {
    evmVersion: "cancun",
    optimizer: { enabled: true, runs: 200 },
    // Without the metadata hash the bytecode depends on the code alone: comments change nothing.
    metadata: { bytecodeHash: "none", appendCBOR: false },
    outputSelection: { "*": { "*": ["abi", "evm.bytecode.object"] } },
  },
};

function readImport(name) {
  const file = path.join(nodeModules, name);
  return fs.existsSync(file) ? { contents: fs.readFileSync(file, "utf8") } : { error: `${name}: not found` };
}

const output = JSON.parse(solc.compile(JSON.stringify(input), { import: readImport }));
// A warning in our own sources fails the build; those of libraries are theirs.
const problems = (output.errors ?? []).filter(
  (problem) => problem.severity === "error" || own.includes(problem.sourceLocation?.file));
if (problems.length > 0) {
  problems.forEach((problem) => console.error(problem.formattedMessage));
  process.exitCode = 1;
} else {
  fs.mkdirSync(outputDir, { recursive: true });
  for (const file of own) {
    for (const [name, contract] of Object.entries(output.contracts[file] ?? {})) {
      fs.writeFileSync(path.join(outputDir, `${name}.abi`), JSON.stringify(contract.abi));
      fs.writeFileSync(path.join(outputDir, `${name}.bin`), contract.evm.bytecode.object);
    }
  }
}
