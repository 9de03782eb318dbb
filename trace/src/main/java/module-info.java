/// What a program does and did: recordings, timelines, and a look into a running process.
// HdrHistogram is no module by itself; the command, which shows reports, is compiled later.
@SuppressWarnings({"module", "requires-automatic"})
module dev.selvedge.trace {
  requires HdrHistogram;
  requires transitive dev.selvedge;
  requires java.management;
  requires jdk.attach;
  requires jdk.jfr;
  requires jdk.management;
  requires jdk.management.jfr;
  requires tools.jackson.core;
  requires tools.jackson.jr.ob;
  requires static transitive org.jspecify;

  exports dev.selvedge.trace.live;
  exports dev.selvedge.trace.recording;
  exports dev.selvedge.trace.report to
      dev.selvedge.cli;
  exports dev.selvedge.trace.timeline to
      dev.selvedge.cli;
}
