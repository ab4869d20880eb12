// Compiles the contracts: node compile-contracts.js NODE_MODULES SOURCE_DIR OUTPUT_DIR [SOURCE_DIR OUTPUT_DIR …]
// Writes NAME.abi and NAME.bin for each contract that is defined in a source folder or below it, to that folder's output
// folder; interfaces, and libraries without external functions, are left out. Imports are read from the source folders and from NODE_MODULES only.
"use strict";
const fs = require("node:fs");
const path = require("node:path");

const [nodeModules, ...folders] = process.argv.slice(2);
const solc = require(path.join(nodeModules, "solc"));

const sources = {};
const outputs = {};
for (let i = 0; i < folders.length; i += 2) {
  for (const file of fs.readdirSync(folders[i], { recursive: true }).sort()) {
    if (!file.endsWith(".sol")) continue;
    if (sources[file]) throw new Error(`${file}: in two source folders`);
    sources[file] = { content: fs.readFileSync(path.join(folders[i], file), "utf8") };
    outputs[file] = folders[i + 1];
  }
}
const input = {
  language: "Solidity",
  sources,
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
  (problem) => problem.severity === "error" || problem.sourceLocation?.file in sources);
if (problems.length > 0) {
  problems.forEach((problem) => console.error(problem.formattedMessage));
  process.exitCode = 1;
} else {
  for (const [file, outputDir] of Object.entries(outputs)) {
    fs.mkdirSync(outputDir, { recursive: true });
    for (const [name, contract] of Object.entries(output.contracts[file] ?? {})) {
      const deployable = contract.evm.bytecode.object !== "" && contract.abi.some((entry) => entry.type !== "error");
      if (!deployable) continue;
      fs.writeFileSync(path.join(outputDir, `${name}.abi`), JSON.stringify(contract.abi));
      fs.writeFileSync(path.join(outputDir, `${name}.bin`), contract.evm.bytecode.object);
    }
  }
}
