package dev.selvedge.cli;

/// The `selvedge` command.
public final class Main {
  private Main() {}

  public static void main(String[] args) {
    System.out.println("selvedge");
  }
}
