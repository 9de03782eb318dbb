/// What tests of concurrent code need: contract tests for pools and seeded schedules.
module dev.selvedge.testkit {
  requires transitive dev.selvedge;
  requires transitive org.junit.jupiter.api;
  requires static org.jspecify;

  exports dev.selvedge.testkit;

  // JUnit calls the tests that PoolContract inherits from package-private interfaces.
  opens dev.selvedge.testkit to
      org.junit.platform.commons;
}
