/// Tasks, groups and pools: one coherent system for concurrent, parallel and asynchronous
/// execution.
module dev.selvedge {
  requires jdk.jfr;
  requires static jdk.unsupported;
  requires static org.jspecify;

  uses dev.selvedge.spi.PoolProvider;

  exports dev.selvedge;
  exports dev.selvedge.spi;
  exports dev.selvedge.sync;
}
