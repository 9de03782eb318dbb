/// Tasks, groups and pools: one coherent system for concurrent, parallel and asynchronous
/// execution.
@SuppressWarnings("module") // the modules that share the internals are compiled later
module dev.selvedge {
  requires jdk.jfr;
  requires static jdk.unsupported;
  requires static org.jspecify;

  uses dev.selvedge.spi.PoolProvider;

  exports dev.selvedge;
  exports dev.selvedge.internal to
      dev.selvedge.loop,
      dev.selvedge.process,
      dev.selvedge.testkit,
      dev.selvedge.trace;
  exports dev.selvedge.internal.recording to
      dev.selvedge.loop,
      dev.selvedge.process;
  exports dev.selvedge.management;
  exports dev.selvedge.spi;
  exports dev.selvedge.sync;
}
