/*
 * The macros at run time, between eval.c and eval_fold.c.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TANDEM_EXPR_EVAL_FOLD_H
#define TANDEM_EXPR_EVAL_FOLD_H

struct run;
struct node;
struct value;

int run_fold(struct run *r, const struct node *n, struct value *ret);
int run_bind(struct run *r, const struct node *n, struct value *ret);

#endif
