package dev.selvedge.testkit;

import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/// The lines of a stack that say where code under test is.
///
/// @param lines those outside of the JDK and of Selvedge, from the top; all, if there are none
record Frames(List<String> lines) {
  private static final int SHOWN = 3;
  private static final Pattern NOT_UNDER_TEST =
      Pattern.compile(
          "(java|jdk|org\\.junit)\\..*"
              + "|dev\\.selvedge\\.((internal|sync|spi|loop|loop\\.internal)\\.)?[A-Z].*"
              + "|dev\\.selvedge\\.testkit\\.(SeededKernel|Exploration|ExploreExtension)\\b.*");

  static Frames of(StackTraceElement[] stack) {
    List<String> own =
        Stream.of(stack).filter(Frames::isOwn).map(StackTraceElement::toString).toList();
    return new Frames(
        own.isEmpty() ? Stream.of(stack).map(StackTraceElement::toString).toList() : own);
  }

  private static boolean isOwn(StackTraceElement frame) {
    return !NOT_UNDER_TEST.matcher(frame.getClassName()).matches();
  }

  /// {@return the first lines, indented}
  String top() {
    return text(lines.stream().limit(SHOWN));
  }

  /// {@return all lines, indented}
  String all() {
    return text(lines.stream());
  }

  private static String text(Stream<String> lines) {
    StringBuilder text = new StringBuilder();
    lines.forEach(line -> text.append("      at ").append(line).append('\n'));
    return text.toString();
  }
}
