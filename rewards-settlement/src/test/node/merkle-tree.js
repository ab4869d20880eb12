// OpenZeppelin's library as a filter: node merkle-tree.js NODE_MODULES; a JSON request per line of standard input, an answer
// per line of standard output.
//   {"values": [[payee, amount], …]}  →  {"root": …, "proofs": [[…], …], "dump": {…}}    a tree made here
//   {"dump": {…}}                     →  the same of a tree that was dumped elsewhere, after it was validated
"use strict";
const path = require("node:path");
const readline = require("node:readline");
const { StandardMerkleTree } = require(path.join(process.argv[2], "@openzeppelin/merkle-tree"));

function tree(request) {
  if (request.values) {
    return StandardMerkleTree.of(request.values, ["address", "uint256"]);
  }
  const loaded = StandardMerkleTree.load(request.dump);
  loaded.validate();
  return loaded;
}

readline.createInterface({ input: process.stdin }).on("line", (line) => {
  const answering = tree(JSON.parse(line));
  const proofs = [];
  for (const [index, value] of answering.entries()) {
    const proof = answering.getProof(index);
    if (!answering.verify(value, proof)) {
      throw new Error(`no proof of ${value}`);
    }
    proofs.push(proof);
  }
  console.log(JSON.stringify({ root: answering.root, proofs, dump: answering.dump() }));
});
