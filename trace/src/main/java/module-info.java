/// What a program does and did: recordings, timelines, and a look into a running process.
module dev.selvedge.trace {
  requires dev.selvedge;
  requires jdk.jfr;
  requires static org.jspecify;
}
