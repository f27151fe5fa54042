// Loaded before a program, it makes the random part of every wait before another try the shortest.

Math.random = () => 0;
