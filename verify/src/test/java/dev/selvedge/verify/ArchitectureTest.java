package dev.selvedge.verify;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import org.junit.jupiter.api.Test;

/// What the design forbids and module descriptors cannot express.
final class ArchitectureTest {
  private static final JavaClasses SELVEDGE =
      new ClassFileImporter().importPackages("dev.selvedge");

  @Test
  void coreNeedsTheJdkOnly() {
    classes()
        .that()
        .resideInAnyPackage(
            "dev.selvedge", "dev.selvedge.sync", "dev.selvedge.spi", "dev.selvedge.internal")
        .should()
        .onlyDependOnClassesThat()
        .resideInAnyPackage(
            "java..",
            "jdk.jfr..",
            "org.jspecify.annotations",
            "dev.selvedge",
            "dev.selvedge.sync",
            "dev.selvedge.spi",
            "dev.selvedge.internal")
        .check(SELVEDGE);
  }

  @Test
  void noPackageIsNamedUtilCommonOrImpl() {
    noClasses().should().resideInAnyPackage("..util..", "..common..", "..impl..").check(SELVEDGE);
  }
}
