/* licence.c - a bad sample: nobody says what one may do with it. */
