/// What tests of concurrent code need: contract tests for pools and seeded schedules.
module dev.selvedge.testkit {
  requires dev.selvedge.loop;
  requires transitive dev.selvedge;
  requires jdk.jfr;
  requires jdk.management;
  requires static org.jspecify;
  requires static transitive org.junit.jupiter.api; // exploring works without

  exports dev.selvedge.testkit;

  // JUnit calls the tests that PoolContract inherits from package-private interfaces, and makes
  // the extension behind Explore.
  opens dev.selvedge.testkit to
      org.junit.platform.commons;
}
