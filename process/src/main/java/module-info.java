/// Pools of worker processes, and what processes share.
module dev.selvedge.process {
  requires transitive dev.selvedge;
  requires static org.jspecify;

  exports dev.selvedge.process.shared;
}
